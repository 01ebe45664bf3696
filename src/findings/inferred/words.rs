//! What an inferred limit means, in sentences.

use super::{InferredClock, InferredLimit, InferredScope, InferredStand, LimitChange};
use crate::findings::phrase;
use crate::flow::Role;
use crate::frame::FrameNumber;
use crate::time::Span;

/// Boxes named in a sentence.
const BOXES_NAMED: usize = 3;

impl InferredLimit {
    /// What was seen, and what follows.
    pub fn meaning(&self) -> String {
        match &self.stand {
            InferredStand::Exact => self.meaning_of_closes(),
            InferredStand::Conflict(change) => self.meaning_of_conflict(*change),
            InferredStand::Bracket | InferredStand::TwoBoxes { .. } => self.meaning_of_bracket(),
        }
    }

    fn meaning_of_closes(&self) -> String {
        let closer = self.speaker.map_or("closer", Role::name);
        let timer = match self.shown_clock() {
            Some(InferredClock::Payload) => {
                format!(
                    "a timer of the {closer}'s application, or of a proxy in its place, that counts payload only"
                )
            }
            Some(InferredClock::Established | InferredClock::HalfClosed) => {
                "a timer of a box, or of a proxy, that any packet restarts".to_owned()
            }
            None => format!(
                "a timer of the {closer}'s application, of a proxy, or of a box that resets at expiry; whether keepalive \
                 restarts it is not shown"
            ),
        };
        let closed = flows_were(self.cuts);
        format!("{closed} closed after {} without payload: {timer}{}", self.cut, self.known_boxes())
    }

    fn meaning_of_bracket(&self) -> String {
        let state = match self.clock {
            InferredClock::HalfClosed => "half-closed ",
            _ => "",
        };
        let (survived, cut) = (self.survived.length, self.cut);
        let low = match survived {
            Span::ZERO => String::new(),
            _ => format!("{state}silences of up to {survived} did no harm, "),
        };
        let when = self.speaker.map_or(String::new(), |speaker| {
            format!(", where the {} was the first to speak", speaker.name())
        });
        let broke = match self.cuts {
            1 => "1 flow broke".to_owned(),
            cuts => format!("{cuts} flows broke"),
        };
        let limit = match survived {
            Span::ZERO => {
                "the limit is no longer than that, and nothing here shows how much shorter".to_owned()
            }
            _ => format!("an idle limit between, of a box on the path{}", self.known_boxes()),
        };
        let mut text = format!("{low}after {cut} and more {broke}{when}: {limit}");
        if let (Some(speaker), Some(other)) = (self.speaker, self.other_side) {
            text.push_str(&format!(
                "; where the {} speaks first, {} did no harm: the box takes a flow up again for that side",
                speaker.peer().name(),
                other.length
            ));
        }
        if let InferredStand::TwoBoxes { reset_from, .. } = self.stand {
            text.push_str(&format!(
                "; from {reset_from} on a RST came, before that no answer at all: probably two boxes with a limit each"
            ));
        }
        if self.contradictions > 0 {
            text.push_str(&format!(
                "; {} after a silence that others survived, so for another reason",
                match self.contradictions {
                    1 => "1 flow more broke".to_owned(),
                    more => format!("{more} flows more broke"),
                }
            ));
        }
        match self.scope {
            InferredScope::Service(_) => text,
            InferredScope::Server(..) | InferredScope::Services => {
                format!("if one box is before all {} services: {text}", self.services)
            }
        }
    }

    fn meaning_of_conflict(&self, change: Option<LimitChange>) -> String {
        let changed = match change {
            Some(LimitChange::Lowered { after }) => format!(
                "all that broke so early began after {}, when the longest had been survived, so the limit may have been \
                 lowered since; ",
                phrase::clock(after)
            ),
            Some(LimitChange::Raised { after }) => format!(
                "all that broke so early had ended by {}, before the longest survived began, so the limit may have been \
                 raised since; ",
                phrase::clock(after)
            ),
            None => String::new(),
        };
        format!(
            "a silence of {} did no harm, after one of {} a flow broke: no single idle timer explains both. Possible: \
             {changed}flows take paths with different boxes, or reach several hosts behind one address; what broke did so \
             for another reason than idling",
            self.survived.length, self.cut
        )
    }

    fn known_boxes(&self) -> String {
        let names: Vec<String> = self.boxes.iter().take(BOXES_NAMED).map(|id| (*id).to_owned()).collect();
        match self.boxes.len() - names.len() {
            _ if names.is_empty() => String::new(),
            0 => format!(" (so have {})", phrase::listed(&names)),
            more => format!(" (so have {} and {more} more presets)", names.join(", ")),
        }
    }

    /// The frames that set both bounds, and those of a second box.
    pub fn frames(&self) -> Vec<FrameNumber> {
        let second = match self.stand {
            InferredStand::TwoBoxes { frames, .. } => Some(frames),
            _ => None,
        };
        let told = [Some(self.survived.frames), Some(self.cut_frames), second];
        let other = self.other_side.map(|other| other.frames);
        told.into_iter().chain([other]).flatten().flatten().filter(|frame| frame.0 > 0).collect()
    }

    /// Wireshark display filter that shows them.
    pub fn display_filter(&self) -> String {
        let mut frames = self.frames();
        frames.sort_unstable();
        frames.dedup();
        let frames: Vec<String> = frames.iter().map(|frame| frame.0.to_string()).collect();
        format!("frame.number in {{{}}}", frames.join(", "))
    }
}

fn flows_were(count: u64) -> String {
    if count == 1 { "1 flow was".to_owned() } else { format!("{count} flows were") }
}

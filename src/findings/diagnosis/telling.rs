//! An incident in words: what happened, why, and what would settle what is open.

use super::cause::{Cause, CauseStanding, IdleClock, TimerPlace};
use super::explain::{Evidence, Explanation};
use super::incident::{Close, How, Incident};
use crate::findings::filter::display_filter;
use crate::findings::finding::{Certainty, Finding};
use crate::findings::flow_record::FlowRecord;
use crate::findings::phrase;
use crate::findings::remedy::{Knob, Remedy};
use crate::findings::rule::Rule;
use crate::flow::{GaveUp, SilenceClass, Unanswered};
use crate::frame::FrameNumber;
use crate::time::Span;

/// Observations named for one cause.
const OBSERVATIONS_TOLD: usize = 2;

/// An incident with its explanations.
#[derive(Clone, Debug)]
pub(in crate::findings) struct Accident {
    pub incident: Incident,
    pub explanations: Vec<Explanation>,
}

/// The standing of one cause.
fn standing(explanations: &[Explanation], cause: Cause) -> CauseStanding {
    let found = explanations.iter().find(|explanation| explanation.cause == cause);
    found.map_or(CauseStanding::Refuted, |explanation| explanation.standing)
}

/// Which rule tells of an incident; `None`: it is told with others, or is nobody's loss.
pub(in crate::findings) fn rule_of(incident: &Incident, explanations: &[Explanation]) -> Option<Rule> {
    let idle = standing(explanations, Cause::IdleTimer);
    let closes = [Cause::Unknown, Cause::NormalClose, Cause::ApplicationClose, Cause::IdleTimer];
    let others = explanations.iter().filter(|explanation| !closes.contains(&explanation.cause));
    let rival = others.map(|explanation| explanation.standing).max().unwrap_or(CauseStanding::Refuted);
    // What is only possible does not name the failure where something else is likely.
    let idled =
        idle >= CauseStanding::Likely || idle == CauseStanding::Possible && rival < CauseStanding::Likely;
    match &incident.how {
        How::Closed(close) => {
            let lost = incident.is_failure() || close.reset.is_some() && close.kept_open && !idled;
            lost.then_some(if idled { Rule::ObservedCloseAtLimit } else { Rule::FailedInUse })
        }
        How::Attempt(_) | How::Stuck { .. } | How::Stalled { .. } | How::ResetInUse(_) => {
            Some(Rule::FailedInUse)
        }
        How::Unanswered(_) if incident.rests_on_probes() && idle < CauseStanding::Likely => {
            Some(Rule::DeadPeer)
        }
        _ if !idled => Some(Rule::FailedInUse),
        _ if incident.class == SilenceClass::HalfClosed => Some(Rule::HalfClosedIdle),
        How::Unanswered(_) => Some(Rule::ObservedSilentDrop),
        How::Refused(_) | How::ResetIdle(_) => Some(Rule::ObservedReset),
    }
}

impl Accident {
    /// The findings that a flow's incident makes, the failure first.
    pub fn tell(&self, flow: &FlowRecord) -> Vec<Finding> {
        let Some(rule) = rule_of(&self.incident, &self.explanations) else { return Vec::new() };
        let mut told = vec![self.failure(rule, flow)];
        told.extend(self.reset_by_box(flow));
        told.extend(self.not_idle(flow));
        told
    }

    /// Rules of the findings that [`Accident::tell`] makes, with how sure each is.
    pub fn rules(&self) -> impl Iterator<Item = (Rule, Certainty)> {
        let failure = rule_of(&self.incident, &self.explanations);
        let by_box = failure.filter(|_| self.is_box_told());
        let cleared = failure.filter(|_| self.is_idling_cleared());
        let certainty = self.incident.certainty;
        [
            failure.map(|rule| (rule, certainty)),
            by_box.map(|_| (Rule::MiddleboxReset, Certainty::Certain)),
            cleared.map(|_| (Rule::NotIdle, Certainty::Certain)),
        ]
        .into_iter()
        .flatten()
    }

    /// How sure it is that the flow failed; `None`: it did not.
    pub fn failed(&self) -> Option<Certainty> {
        let told = rule_of(&self.incident, &self.explanations).is_some();
        (told || self.incident.is_failure()).then_some(self.incident.certainty)
    }

    fn is_box_told(&self) -> bool {
        self.incident.is_reset_by_box()
    }

    fn is_idling_cleared(&self) -> bool {
        let asked = self.explanations.iter().any(|explanation| explanation.cause == Cause::IdleTimer);
        asked && standing(&self.explanations, Cause::IdleTimer) == CauseStanding::Refuted
    }

    fn finding(
        &self,
        rule: Rule,
        certainty: Certainty,
        flow: &FlowRecord,
        frames: Vec<FrameNumber>,
    ) -> Finding {
        let mut frames = frames;
        frames.dedup();
        Finding {
            rule,
            severity: certainty.weigh(rule),
            certainty,
            flow: Some(flow.reference()),
            group: None,
            hop: None,
            gap: self.idle_gap(),
            at: Some(self.incident.failed_at),
            summary: String::new(),
            remedy: Remedy::default(),
            display_filter: display_filter(flow, &frames),
            frames,
        }
    }

    fn failure(&self, rule: Rule, flow: &FlowRecord) -> Finding {
        let incident = &self.incident;
        Finding {
            summary: format!("{}; {}", self.happened(), self.why()),
            remedy: self.remedy(),
            ..self.finding(rule, incident.certainty, flow, self.frames())
        }
    }

    fn reset_by_box(&self, flow: &FlowRecord) -> Option<Finding> {
        let reset = self.incident.reset().filter(|_| self.is_box_told())?;
        let frames = reset.trigger.iter().map(|trigger| trigger.frame).chain([reset.frame]).collect();
        let (sender, receiver) = (reset.sender, reset.sender.peer());
        Some(Finding {
            summary: format!(
                "the RST in frame {} bears the address of {}, but {}",
                reset.frame,
                self.incident.endpoint(sender),
                phrase::reset_origin(reset)
            ),
            remedy: Remedy::step(format!(
                "Find the box between {} and {} that answers in the {}'s name, and look in its log at {}.",
                self.incident.endpoint(receiver),
                self.incident.endpoint(sender),
                sender.name(),
                phrase::clock(reset.at)
            )),
            ..self.finding(Rule::MiddleboxReset, Certainty::Certain, flow, frames)
        })
    }

    fn not_idle(&self, flow: &FlowRecord) -> Option<Finding> {
        if !self.is_idling_cleared() {
            return None;
        }
        let idle = self.explanations.iter().find(|explanation| explanation.cause == Cause::IdleTimer)?;
        let against: Vec<Evidence> =
            idle.evidence().into_iter().filter(|evidence| !evidence.supports).collect();
        let mut frames: Vec<FrameNumber> =
            against.iter().flat_map(|evidence| evidence.frames.clone()).collect();
        frames.push(self.incident.failed_frame());
        // Frames of other flows are named in the sentence.
        frames.retain(|frame| (flow.first_frame..=flow.last_frame).contains(frame));
        frames.sort_unstable();
        Some(Finding {
            summary: format!("idling did not end this flow: {}", clauses(&against)),
            remedy: Remedy::step(format!(
                "Look for what happened to {} or on the way to it at {}; timeouts and keepalive do not cure this.",
                self.incident.endpoint(self.incident.mute),
                phrase::clock(self.incident.failed_at)
            )),
            ..self.finding(Rule::NotIdle, Certainty::Certain, flow, frames)
        })
    }

    /// The silence that it is about, on the clock that is judged.
    fn idle_gap(&self) -> Option<Span> {
        let idle = self.explanations.iter().find(|explanation| explanation.cause == Cause::IdleTimer)?;
        self.incident.silence_on(idle.clock).map(|silence| silence.length)
    }

    fn frames(&self) -> Vec<FrameNumber> {
        let idle = self.incident.any.filter(|idle| idle.length > Span::ZERO).or(self.incident.payload);
        let mut frames: Vec<FrameNumber> = idle.map(|idle| idle.frames.to_vec()).unwrap_or_default();
        match &self.incident.how {
            How::Unanswered(unanswered) => {
                if self.incident.any.is_none() {
                    frames.push(self.incident.failed_frame());
                }
                frames.push(unanswered.last_frame);
                if let Some(GaveUp::Reset(frame)) = unanswered.gave_up {
                    frames.push(frame);
                }
            }
            How::Refused(reset) | How::ResetIdle(reset) => frames.push(reset.frame),
            How::ResetInUse(reset) => {
                frames.extend(reset.trigger.map(|trigger| trigger.frame));
                frames.push(reset.frame);
            }
            How::Stuck { stuck, .. } => frames.extend([stuck.first_frame, stuck.last_frame]),
            How::Stalled { reset } => frames.extend(*reset),
            How::Attempt(challenged) => frames.push(challenged.frame),
            How::Closed(close) => frames.extend([Some(close.frame), close.refused].into_iter().flatten()),
        }
        frames
    }

    /// What happened, as a clause.
    fn happened(&self) -> String {
        let incident = &self.incident;
        let (speaker, mute) = (incident.speaker(), incident.mute);
        let address = incident.endpoint(mute);
        let idled = incident.any.filter(|idle| idle.length >= Span::from_secs(1));
        let silence = idled.map_or_else(String::new, |idle| {
            let state = if incident.class == SilenceClass::HalfClosed { "half-closed and " } else { "" };
            format!(
                "{state}idle {} between frames {} and {}, then ",
                idle.length, idle.frames[0], idle.frames[1]
            )
        });
        match &incident.how {
            How::Unanswered(unanswered) => {
                let goodbye = incident.goodbye.as_ref();
                let goodbye =
                    goodbye.map_or(String::new(), |goodbye| format!("; {}", phrase::goodbye(goodbye)));
                format!("{silence}{}{goodbye}", unanswered_words(incident, unanswered))
            }
            How::Refused(reset) => {
                let latency =
                    reset.trigger.map_or(String::new(), |trigger| format!(" after {}", trigger.latency));
                format!(
                    "{silence}what the {} sent was answered{latency} by a RST under the address of {address} (frame {})",
                    speaker.name(),
                    reset.frame
                )
            }
            How::ResetIdle(reset) => format!(
                "{silence}a RST under the address of {address} came (frame {}), prompted by nothing",
                reset.frame
            ),
            How::ResetInUse(reset) => format!(
                "reset under the address of {address} (frame {}) while the {} waited for it; {}",
                reset.frame,
                speaker.name(),
                phrase::reset_origin(reset)
            ),
            How::Stuck { by, stuck } => format!(
                "the {}'s segment of {} bytes was sent again {} times in {} and never acknowledged (frames {} to {}), although the {} was heard",
                by.name(),
                stuck.length,
                stuck.repeats,
                stuck.last_at.since(stuck.first_at),
                stuck.first_frame,
                stuck.last_frame,
                by.peer().name()
            ),
            How::Stalled { reset } => {
                let end = match reset {
                    Some(frame) => format!("the flow was reset (frame {frame})"),
                    None => "nobody answered any more".to_owned(),
                };
                format!("{end} while the {} kept its receive window closed", mute.name())
            }
            How::Attempt(challenged) => format!(
                "the connection attempt failed: {address} answered the SYN with the numbers of an earlier connection (frame {})",
                challenged.frame
            ),
            How::Closed(close) => self.closed_words(close),
        }
    }

    fn closed_words(&self, close: &Close) -> String {
        let by = if close.reset.is_some() { "RST" } else { "FIN" };
        let silence = self.incident.payload.map_or(Span::ZERO, |idle| idle.length);
        let harm = match (close.request_open, close.refused) {
            (true, _) => ", while the client waited for the answer to its request".to_owned(),
            (false, Some(frame)) => format!("; the client used it once more and was refused (frame {frame})"),
            (false, None) => String::new(),
        };
        format!(
            "the {} closed the flow by {by} (frame {}) {silence} after the last payload{harm}",
            close.closer.name(),
            close.frame
        )
    }

    /// Why, as a clause: the best causes with what speaks for them, or what is open and what would settle it.
    fn why(&self) -> String {
        let named = |standing: CauseStanding| {
            let of = self.explanations.iter().filter(move |explanation| explanation.standing == standing);
            of.filter(|explanation| explanation.cause != Cause::Unknown)
        };
        if let Some(shown) = named(CauseStanding::Shown).next() {
            return format!("the cause is shown: {}, as {}", cause_words(shown), supports(shown));
        }
        let likely: Vec<&Explanation> = named(CauseStanding::Likely).collect();
        if let Some(first) = likely.first() {
            let also: Vec<String> = named(CauseStanding::Possible)
                .chain(likely.iter().skip(1).copied())
                .map(cause_words)
                .collect();
            let also = match also.len() {
                0 => String::new(),
                _ => format!(" (not ruled out: {})", phrase::listed(&also)),
            };
            return format!("the likely cause: {}, as {}{also}", cause_words(first), supports(first));
        }
        let possible: Vec<String> = named(CauseStanding::Possible).map(cause_words).collect();
        match possible.len() {
            0 => "the capture does not show why".to_owned(),
            _ => format!(
                "the cause is not decided: {}{}{}",
                phrase::alternatives(&possible),
                self.against_idle(),
                self.would_settle()
            ),
        }
    }

    /// What was seen that leaves an idle timer no more than possible.
    fn against_idle(&self) -> String {
        let idle = self.explanations.iter().find(|explanation| explanation.cause == Cause::IdleTimer);
        let against = idle.map(Explanation::evidence).unwrap_or_default();
        let seen = against.iter().find(|evidence| !evidence.supports && !evidence.frames.is_empty());
        seen.map_or_else(String::new, |evidence| format!("; {}", evidence.says))
    }

    /// What would tell possible causes apart.
    fn would_settle(&self) -> String {
        let open = |cause| standing(&self.explanations, cause) == CauseStanding::Possible;
        if open(Cause::HostGone) {
            let host = self.incident.mute_host().0;
            return format!(
                "; another flow in which {host} answers meanwhile, or a capture on its side, would settle it"
            );
        }
        if open(Cause::ServiceRestart) {
            let server = self.incident.endpoint(self.incident.mute);
            return format!(
                "; when the service at {server} started, or one connection that lived through, would settle it"
            );
        }
        String::new()
    }

    fn remedy(&self) -> Remedy {
        let incident = &self.incident;
        let idle = self.explanations.iter().find(|explanation| explanation.cause == Cause::IdleTimer);
        let Some(idle) = idle.filter(|idle| idle.standing >= CauseStanding::Likely) else {
            return Remedy::step(self.elsewhere());
        };
        let left_behind = match &incident.how {
            How::Unanswered(_) | How::Refused(_) => format!(
                "{} was not told: look there for a socket that is still open with {}.",
                incident.endpoint(incident.mute),
                incident.endpoint(incident.speaker())
            ),
            _ => String::new(),
        };
        Remedy::set(match (idle.clock, incident.class) {
            (_, SilenceClass::HalfClosed) => vec![Knob::CloseEarlier],
            (clock, _) => knobs_of(clock),
        })
        .and(left_behind)
    }

    fn elsewhere(&self) -> String {
        let incident = &self.incident;
        let (mute, at) = (incident.endpoint(incident.mute), phrase::clock(incident.failed_at));
        match &incident.how {
            How::Attempt(_) => {
                "Let the client choose another source port, or wait until the server has forgotten the earlier connection."
                    .to_owned()
            }
            How::Stalled { .. } => format!(
                "Look at the program at {mute}: it did not read what had arrived. Keepalive and timeouts do not cure this."
            ),
            How::Stuck { .. } => {
                "Lower the MTU or clamp the MSS on the path, and let ICMP \"packet too big\" pass.".to_owned()
            }
            How::Unanswered(unanswered) if incident.window_closed || unanswered.probes == 0 => format!(
                "Look for what happened to {mute} or on the way to it at {at}. The sender gives up after tcp_retries2 (Linux: about 15 minutes) or TCP_USER_TIMEOUT."
            ),
            How::Unanswered(_) => format!(
                "Check whether {mute} was reachable at {at}: if other flows to it went on, a box between has lost this one."
            ),
            How::Closed(_) => format!("Look in the log of {mute}, or of a proxy in its place, at {at}."),
            How::Refused(_) | How::ResetIdle(_) | How::ResetInUse(_) => {
                format!("Look in the log of {mute} and of the boxes on the way to it at {at}.")
            }
        }
    }
}

/// What keeps flows alive past a timer that this clock restarts.
pub(super) fn knobs_of(clock: Option<IdleClock>) -> Vec<Knob> {
    match clock {
        Some(IdleClock::Payload) => vec![Knob::Heartbeat],
        Some(IdleClock::Any) => vec![Knob::Keepalive],
        // Keepalive is tried first: it costs no change of a program.
        Some(IdleClock::Unknown) | None => vec![Knob::Keepalive, Knob::Heartbeat],
    }
}

fn unanswered_words(incident: &Incident, unanswered: &Unanswered) -> String {
    let speaker = incident.speaker();
    let address = incident.endpoint(incident.mute);
    let within = unanswered.last_at.since(incident.failed_at);
    let segments = match (unanswered.sends, unanswered.probes) {
        (1, 0) => "1 segment".to_owned(),
        (sends, 0) => format!("{sends} segments in {within}"),
        (1, 1) => "1 keepalive probe".to_owned(),
        (sends, probes) if sends == probes => format!("{probes} keepalive probes in {within}"),
        (sends, probes) => format!(
            "{probes} keepalive probes and {} more segments in {within}",
            sends.saturating_sub(probes)
        ),
    };
    let gave_up = match unanswered.gave_up {
        Some(GaveUp::Reset(frame)) => format!(", until it gave up with RST in frame {frame}"),
        Some(GaveUp::Silently) | None => String::new(),
    };
    format!(
        "the {} sent {segments} (from frame {} on) without an answer from {address}{gave_up}",
        speaker.name(),
        incident.failed_frame()
    )
}

/// A cause as it is named: `an idle timer of a box (any packet restarts it)`.
fn cause_words(explanation: &Explanation) -> String {
    let mut words = explanation.cause.words().to_owned();
    if explanation.cause == Cause::IdleTimer {
        match explanation.place {
            Some(TimerPlace::Box) => words.push_str(" of a box"),
            Some(TimerPlace::EndpointOrProxy) => words.push_str(" of the end that closed, or of a proxy"),
            Some(TimerPlace::Unknown) | None => {}
        }
        match explanation.clock {
            Some(IdleClock::Any) => words.push_str(" that any packet restarts"),
            Some(IdleClock::Payload) => words.push_str(" that only payload restarts"),
            Some(IdleClock::Unknown) | None => {}
        }
    }
    words
}

fn supports(explanation: &Explanation) -> String {
    let evidence: Vec<Evidence> =
        explanation.evidence().into_iter().filter(|evidence| evidence.supports).collect();
    clauses(&evidence)
}

fn clauses(evidence: &[Evidence]) -> String {
    let told: Vec<&str> =
        evidence.iter().take(OBSERVATIONS_TOLD).map(|evidence| evidence.says.as_str()).collect();
    match told.is_empty() {
        true => "nothing else explains it".to_owned(),
        false => told.join("; "),
    }
}

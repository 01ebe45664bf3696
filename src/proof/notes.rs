//! What is to be said about single frames.

use super::flow_notes;
use crate::findings::{Certainty, Finding, FlowRef};
use crate::frame::FrameNumber;
use crate::pipeline::Analysis;
use crate::report::text::escape;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Notes on one frame; a frame that ends the silence of many findings has a handful.
const NOTES_KEPT: usize = 12;
/// Bytes of one note.
const NOTE_LEN: usize = 700;

/// Notes by frame.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    by_frame: BTreeMap<FrameNumber, Noted>,
}

#[derive(Clone, Debug, Default)]
struct Noted {
    texts: Vec<String>,
    left_out: usize,
}

impl Notes {
    /// Everything that an analysis says about frames of its listed flows. Findings come first on each frame,
    /// the gravest ones before the others.
    pub fn of(analysis: &Analysis) -> Notes {
        let mut notes = Notes::default();
        let mut findings: Vec<&Finding> = analysis.judgement.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in findings {
            notes.add_finding(analysis, finding);
        }
        for flow in &analysis.judgement.flows {
            let name = name_of(analysis, flow.reference());
            flow_notes::each(flow, &analysis.judgement.terms.path.hops, &mut |frame, text| {
                notes.add(frame, &format!("{name}: {text}"));
            });
        }
        notes
    }

    /// Frames with notes.
    pub fn frames(&self) -> usize {
        self.by_frame.len()
    }

    /// All that is said about a frame, in one line.
    pub fn comment(&self, frame: FrameNumber) -> Option<String> {
        let noted = self.by_frame.get(&frame)?;
        let mut comment = noted.texts.join(" | ");
        if noted.left_out > 0 {
            // Writing to a String cannot fail.
            let _ = write!(comment, " | and {} more", noted.left_out);
        }
        Some(comment)
    }

    fn add_finding(&mut self, analysis: &Analysis, finding: &Finding) {
        let Some(head) = finding.frames.first() else { return };
        let rule = finding.rule;
        let about = subject(analysis, finding);
        let certainty = match finding.certainty {
            Certainty::Certain => String::new(),
            weaker => format!(", {}", weaker.name()),
        };
        self.add(*head, &format!("{about}{} {rule}{certainty}: {}", finding.severity, finding.summary));
        let total = finding.frames.len();
        for (frame, place) in finding.frames.iter().zip(1..).skip(1) {
            let role = match (finding.gap, place) {
                (Some(gap), 2) if total == 2 => format!("the silence of {gap} ends here"),
                _ => format!("evidence {place} of {total}"),
            };
            self.add(*frame, &format!("{about}{rule}: {role} (see frame {head})"));
        }
    }

    fn add(&mut self, frame: FrameNumber, text: &str) {
        let safe = escape(text);
        let noted = self.by_frame.entry(frame).or_default();
        if noted.texts.len() >= NOTES_KEPT {
            noted.left_out += 1;
            return;
        }
        let kept = &safe[..safe.floor_char_boundary(NOTE_LEN)];
        let cut = if kept.len() < safe.len() { "…" } else { "" };
        let text = format!("{kept}{cut}");
        if !noted.texts.contains(&text) {
            noted.texts.push(text);
        }
    }
}

fn name_of(analysis: &Analysis, flow: FlowRef) -> String {
    format!("flow {}", analysis.id_of(flow.first_frame))
}

/// Which flows a finding is about, as the begin of a sentence.
fn subject(analysis: &Analysis, finding: &Finding) -> String {
    match (&finding.flow, &finding.group) {
        (Some(flow), _) => format!("{}: ", name_of(analysis, *flow)),
        (None, Some(group)) => format!("{} flows: ", group.total),
        (None, None) => String::new(),
    }
}

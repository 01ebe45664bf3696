//! What other captures prove or disprove: a claim that one capture leaves open becomes certain, or no more than
//! possible, and everything that counts it follows.

use super::finding::{Certainty, Finding};
use super::flow_record::FlowRecord;
use super::inferred::{Break, InferredClock, Weight};
use super::judgement::Judgement;
use super::rule::{Rule, Severity};
use super::service::ServiceLine;
use crate::flow::{Sequel, Service, SilenceClass};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::Span;

/// What another capture shows of a flow of this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof<'a> {
    /// First frame of the flow.
    pub flow: FrameNumber,
    /// What becomes of them.
    pub turn: Turn,
    /// Rules whose claims it speaks of.
    pub rules: &'a [Rule],
    /// Frames that it speaks of: a claim about others stays as it is.
    pub frames: &'a [FrameNumber],
    /// As a clause: `the capture on the server's side shows …`.
    pub words: &'a str,
}

/// What another capture makes of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It is so.
    Certain,
    /// What the claim blames did not do it; something else may have. What is certain for another reason stays so.
    Doubtful,
}

impl Judgement {
    /// Makes claims certain or doubtful. Counts of severities, of services and of flows that broke, and the limits that are
    /// inferred, become what they would be had this capture shown it. Returns the silence at whose end the flow broke, if
    /// a claim that it did is among those proven or was certain before.
    pub fn prove(&mut self, proof: &Proof<'_>) -> Option<Span> {
        let record = self.flows.iter().find(|record| record.first_frame == proof.flow)?;
        let (indices, service) = (record.findings.clone(), (record.responder, record.realm));
        let (mut any, mut broke_after) = (false, None);
        for index in &indices {
            let before = self.worst(&indices);
            let Some(finding) = self.findings.get_mut(*index).filter(|finding| proof.is_about(finding))
            else {
                continue;
            };
            any = true;
            let (rule, certainty, severity) = (finding.rule, finding.certainty, finding.severity);
            proof.write_into(finding);
            let now = finding.severity;
            if proof.turn == Turn::Certain {
                broke_after = broke_after.or(self.break_of(proof.flow, *index).map(|(gap, _)| gap));
            }
            if certainty == Certainty::Certain {
                continue;
            }
            let worst = (before, self.worst(&indices));
            self.totals.revise(rule, (severity, Some(now)), worst);
            if let Some(line) = self.line_of(service) {
                line.revise(rule, true, false, worst);
            }
            match proof.turn {
                Turn::Certain => self.count_break(proof.flow, *index, certainty),
                Turn::Doubtful => self.discount_break(proof.flow, *index, certainty),
            }
        }
        if any {
            self.inferred = self.witnesses.infer();
            self.services.sort_by(ServiceLine::worse_first);
        }
        broke_after
    }

    fn worst(&self, indices: &[usize]) -> Option<Severity> {
        indices.iter().filter_map(|index| self.findings.get(*index)).map(|finding| finding.severity).max()
    }

    fn line_of(&mut self, (endpoint, realm): (Endpoint, Realm)) -> Option<&mut ServiceLine> {
        let mut lines = self.services.iter_mut();
        lines.find(|line| (line.service.endpoint, line.service.realm) == (endpoint, realm))
    }

    /// A flow whose break was less than certain is one that broke.
    fn count_break(&mut self, flow: FrameNumber, index: usize, before: Certainty) {
        let Some((gap, sequel)) = self.break_of(flow, index) else { return };
        let Some(record) = self.flows.iter().find(|record| record.first_frame == flow) else { return };
        let Some(rule) = self.findings.get(index).map(|finding| finding.rule) else { return };
        let key = (record.responder, record.realm);
        let (speaker, class) = (sequel.speaker, sequel.class());
        let frames = [sequel.gap.start_frame, sequel.gap.end_frame];
        let (began_at, clock) = (sequel.gap.start_at, InferredClock::of(class));
        let survived = self.line_of(key).map(|line| line.survived).unwrap_or_default();
        let alike = survived.established[speaker.index()];
        self.broken.make_certain(before, (rule, gap), alike.length);
        if before < Certainty::Likely {
            let (endpoint, realm) = key;
            let broke = Break {
                service: Service { endpoint, realm },
                clock,
                speaker,
                length: gap,
                frames,
                began_at,
                by_reset: rule == Rule::ObservedReset,
                weight: Weight::Stands,
            };
            self.witnesses.add(broke, survived);
        }
    }

    /// A flow whose break was likely is one that may have broken.
    fn discount_break(&mut self, flow: FrameNumber, index: usize, before: Certainty) {
        let Some((_, sequel)) = self.break_of(flow, index) else { return };
        let Some(record) = self.flows.iter().find(|record| record.first_frame == flow) else { return };
        let Some(rule) = self.findings.get(index).map(|finding| finding.rule) else { return };
        if before != Certainty::Likely {
            return;
        }
        let service = Service { endpoint: record.responder, realm: record.realm };
        let left = self.standing_breaks();
        self.broken.make_possible(rule, left.into_iter());
        let frames = [sequel.gap.start_frame, sequel.gap.end_frame];
        self.witnesses.remove(service, frames);
    }

    /// Silences at whose end listed flows broke, at least likely.
    fn standing_breaks(&self) -> Vec<Span> {
        let of = |record: &FlowRecord| {
            let stands = |index: &&usize| {
                self.findings.get(**index).is_some_and(|it| it.certainty >= Certainty::Likely)
            };
            let mut breaks = record.findings.iter().filter(stands);
            breaks.find_map(|index| self.break_of(record.first_frame, *index)).map(|(gap, _)| gap)
        };
        self.flows.iter().filter_map(of).collect()
    }

    /// The silence at whose end a finding says that its flow broke, as [`super::Broken`] counts them, and what followed
    /// it.
    fn break_of(&self, flow: FrameNumber, index: usize) -> Option<(Span, Sequel)> {
        let finding = self.findings.get(index)?;
        let record = self.flows.iter().find(|record| record.first_frame == flow)?;
        let sequel = *record.sequels.failed()?;
        let of_class = match finding.rule {
            Rule::ObservedSilentDrop | Rule::ObservedReset => true,
            // A rule of its own where it would be: what a timer would have done is told by the same.
            Rule::HalfClosedIdle => sequel.class() == SilenceClass::HalfClosed,
            _ => false,
        };
        (of_class && finding.gap == Some(sequel.gap.length)).then_some((sequel.gap.length, sequel))
    }
}

impl Proof<'_> {
    fn is_about(&self, finding: &Finding) -> bool {
        // What a stated timer would have done rests on no frames' fate.
        let observed = finding.rule != Rule::HalfClosedIdle || finding.grounds.is_some();
        let about_them = || finding.frames.iter().any(|frame| self.frames.contains(frame));
        observed && self.rules.contains(&finding.rule) && about_them()
    }

    /// The claim is what it turns to, and its sentence says by what. What was certain already keeps its grounds.
    fn write_into(&self, finding: &mut Finding) {
        if finding.certainty < Certainty::Certain
            && let Some(clause) = finding.grounds.take()
            && let Some(claim) = finding.summary.strip_suffix(clause.as_str())
        {
            let claim =
                claim.trim_end_matches([' ', ',', ';']).trim_end_matches(" but").trim_end_matches(',');
            finding.summary = claim.to_owned();
        }
        let (joint, certainty) = match (self.turn, finding.certainty) {
            (Turn::Certain, _) => ("; proven, as ", Certainty::Certain),
            (Turn::Doubtful, Certainty::Certain) => ("; but ", Certainty::Certain),
            (Turn::Doubtful, _) => ("; but ", Certainty::Possible),
        };
        finding.summary.push_str(joint);
        finding.summary.push_str(self.words);
        finding.certainty = certainty;
        finding.severity = finding.certainty.weigh(finding.rule);
    }
}

//! What two sides say together, carried into the findings of each.

use super::between::Between;
use super::crossing::{Conclusion, ConclusionKind, Renamed};
use crate::findings::{Certainty, Proof, Rule};
use crate::pipeline::Analysis;

/// Makes certain what one side could only suppose: silent drops whose packets did not cross, resets that were made
/// between, and connections that the box had forgotten. Notes with each conclusion what it proves.
pub fn prove(between: &mut Between, analyses: [&mut Analysis; 2]) {
    let names = &between.names;
    for crossing in &mut between.crossings {
        let certain = |it: &&mut Conclusion| it.certainty == Certainty::Certain;
        for conclusion in crossing.conclusions.iter_mut().filter(certain) {
            let Some((rules, words)) = says(conclusion, names) else { continue };
            let analysis = &mut *analyses[conclusion.side];
            for id in &crossing.flows[conclusion.side] {
                let Some(flow) = analysis.first_frame_of(*id) else { continue };
                let proof = Proof { flow, rules, frames: &conclusion.frames, words: &words };
                conclusion.broke_after = conclusion.broke_after.max(analysis.judgement.prove(&proof));
            }
        }
    }
}

/// Rules whose claims it proves, and how; `None`: none.
fn says(conclusion: &Conclusion, names: &[String; 2]) -> Option<(&'static [Rule], String)> {
    let there = &names[1 - conclusion.side];
    let frame = conclusion.frames.first()?;
    match conclusion.kind {
        // Where nothing crosses any more, the path may be gone: nobody's timer.
        ConclusionKind::Dropped if conclusion.others_crossed => Some((
            &[Rule::ObservedSilentDrop, Rule::HalfClosedIdle],
            format!("{there} does not have frame {frame}, which was dropped on the way there"),
        )),
        ConclusionKind::ResetMadeBetween => Some((
            &[Rule::ObservedReset, Rule::HalfClosedIdle, Rule::MiddleboxReset],
            format!("{there} does not have frame {frame}, which was not sent there but made between"),
        )),
        ConclusionKind::MappingLost => {
            let (Renamed { before, then, .. }, other) = (conclusion.renamed?, conclusion.frames.get(1)?);
            Some((
                &[Rule::ObservedSilentDrop, Rule::ObservedReset, Rule::HalfClosedIdle],
                format!(
                    "frame {frame} reached {there} (frame {other} there) from {then} and no longer from {before}: the \
                     box between had forgotten the connection"
                ),
            ))
        }
        ConclusionKind::Dropped | ConclusionKind::ResetCrossed | ConclusionKind::ResetStopped => None,
    }
}

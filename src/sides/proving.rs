//! What two sides say together, carried into the findings of each.

use super::between::Between;
use super::crossing::{Conclusion, ConclusionKind, Renamed};
use crate::findings::{Certainty, Proof, Rule, Turn};
use crate::frame::FrameNumber;
use crate::pipeline::Analysis;

/// Makes certain what one side could only suppose: silent drops whose packets did not cross, resets that were made
/// between, and connections that the box had forgotten. What crossed makes the opposite no more than possible. Notes with
/// each conclusion what it proves.
pub fn prove(between: &mut Between, analyses: [&mut Analysis; 2]) {
    let names = &between.names;
    for crossing in &mut between.crossings {
        let forgotten = crossing.conclusions.iter().any(|it| it.kind == ConclusionKind::MappingLost);
        let certain = |it: &&mut Conclusion| it.certainty == Certainty::Certain;
        for conclusion in crossing.conclusions.iter_mut().filter(certain) {
            let Some(says) = says(conclusion, names).filter(|says| says.turn == Turn::Certain || !forgotten)
            else {
                continue;
            };
            let analysis = &mut *analyses[says.side];
            for id in &crossing.flows[says.side] {
                let Some(flow) = analysis.first_frame_of(*id) else { continue };
                let Says { turn, rules, frames, words, .. } = &says;
                let broke_after =
                    analysis.judgement.prove(&Proof { flow, turn: *turn, rules, frames, words });
                conclusion.broke_after = conclusion.broke_after.max(broke_after);
            }
        }
    }
}

/// What a conclusion says of findings.
struct Says {
    turn: Turn,
    /// Whose findings.
    side: usize,
    rules: &'static [Rule],
    /// In that side's numbers.
    frames: Vec<FrameNumber>,
    words: String,
}

/// `None`: nothing.
fn says(conclusion: &Conclusion, names: &[String; 2]) -> Option<Says> {
    let side = conclusion.side;
    let (here, there) = (&names[side], &names[1 - side]);
    let frame = conclusion.frames.first()?;
    let certain = |rules: &'static [Rule], words: String| {
        Some(Says { turn: Turn::Certain, side, rules, frames: conclusion.frames.clone(), words })
    };
    match conclusion.kind {
        // Where nothing crosses any more, the path may be gone: nobody's timer.
        ConclusionKind::Dropped if conclusion.others_crossed => certain(
            &[Rule::ObservedSilentDrop, Rule::HalfClosedIdle],
            format!("{there} does not have frame {frame}, which was dropped on the way there"),
        ),
        ConclusionKind::ResetMadeBetween => certain(
            &[Rule::ObservedReset, Rule::HalfClosedIdle, Rule::MiddleboxReset],
            format!("{there} does not have frame {frame}, which was not sent there but made between"),
        ),
        ConclusionKind::MappingLost => {
            let (Renamed { before, then, .. }, other) = (conclusion.renamed?, conclusion.frames.get(1)?);
            certain(
                &[Rule::ObservedSilentDrop, Rule::ObservedReset, Rule::HalfClosedIdle],
                format!(
                    "frame {frame} reached {there} (frame {other} there) from {then} and no longer from {before}: the \
                     box between had forgotten the connection"
                ),
            )
        }
        ConclusionKind::Unanswered => Some(Says {
            turn: Turn::Doubtful,
            side,
            rules: &[Rule::ObservedSilentDrop, Rule::HalfClosedIdle],
            frames: conclusion.frames.clone(),
            words: format!(
                "frame {frame} reached {there}, where no answer came: the host did not answer, or a box beyond {there} \
                 dropped it"
            ),
        }),
        ConclusionKind::ResetCrossed => {
            let other = conclusion.frames.get(1)?;
            Some(Says {
                turn: Turn::Doubtful,
                side: 1 - side,
                rules: &[Rule::ObservedReset, Rule::HalfClosedIdle],
                frames: vec![*other],
                words: format!(
                    "the RST comes through {here} (frame {frame} there): the host sent it, or a box beyond {here}"
                ),
            })
        }
        ConclusionKind::Dropped | ConclusionKind::ResetStopped => None,
    }
}

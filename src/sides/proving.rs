//! What two sides say together, as facts about the flows of each.

use super::between::Between;
use super::crossing::{Conclusion, ConclusionKind, Renamed};
use crate::findings::{Certainty, FarFact, FarSight};
use crate::pipeline::Unjudged;

/// Facts about the flows of one side of a pair (`place` 0 or 1), to be added before that side is judged. Only what is
/// certain is one.
pub fn facts(between: &Between, place: usize, run: &Unjudged) -> Vec<FarFact> {
    let mut facts = Vec::new();
    for crossing in &between.crossings {
        let forgotten = crossing.conclusions.iter().any(|it| it.kind == ConclusionKind::MappingLost);
        for conclusion in crossing.conclusions.iter().filter(|it| it.certainty == Certainty::Certain) {
            let Some(shown) = shown(conclusion, &between.names).filter(|shown| shown.side == place) else {
                continue;
            };
            // What follows a lost mapping arrives under another name, and is refused or ignored for that.
            if forgotten && !shown.what.accuses_between() {
                continue;
            }
            let flows = crossing.flows[place].iter().filter_map(|id| run.first_frame_of(*id));
            facts.extend(flows.map(|flow| FarFact {
                flow,
                what: shown.what,
                frames: shown.frames.clone(),
                says: shown.says.clone(),
            }));
        }
    }
    facts
}

/// What a conclusion shows of a flow of one side.
struct Shown {
    side: usize,
    what: FarSight,
    /// In that side's numbers.
    frames: Vec<crate::frame::FrameNumber>,
    says: String,
}

/// `None`: nothing.
fn shown(conclusion: &Conclusion, names: &[String; 2]) -> Option<Shown> {
    let side = conclusion.side;
    let (here, there) = (&names[side], &names[1 - side]);
    let frame = conclusion.frames.first()?;
    let of_side = |what, says| Some(Shown { side, what, frames: conclusion.frames.clone(), says });
    match conclusion.kind {
        // Where nothing crosses any more, the path may be gone: nobody's timer.
        ConclusionKind::Dropped if conclusion.others_crossed => of_side(
            FarSight::Dropped,
            format!("{there} does not have frame {frame}, which was dropped on the way there"),
        ),
        ConclusionKind::ResetMadeBetween => of_side(
            FarSight::ResetMadeBetween,
            format!(
                "{there} does not have the RST in frame {frame}, which was not sent there but made between"
            ),
        ),
        ConclusionKind::MappingLost => {
            let (Renamed { before, then, .. }, other) = (conclusion.renamed?, conclusion.frames.get(1)?);
            of_side(
                FarSight::MappingLost,
                format!(
                    "frame {frame} reached {there} (frame {other} there) from {then} and no longer from {before}: the \
                     box between had forgotten the connection"
                ),
            )
        }
        ConclusionKind::Unanswered => of_side(
            FarSight::ArrivedUnanswered,
            format!(
                "frame {frame} reached {there}, where no answer came: the host did not answer, or a box beyond {there} \
                 dropped it"
            ),
        ),
        ConclusionKind::ResetCrossed => {
            let other = conclusion.frames.get(1)?;
            Some(Shown {
                side: 1 - side,
                what: FarSight::ResetCrossed,
                frames: vec![*other],
                says: format!(
                    "the RST comes through {here} (frame {frame} there): the host sent it, or a box beyond {here}"
                ),
            })
        }
        ConclusionKind::Dropped | ConclusionKind::ResetStopped => None,
    }
}

//! What both sides of a box say together.

use super::assemble;
use crate::findings::{Cause, CauseStanding, Certainty, Explanation, Rule};
use crate::pipeline::Analysis;
use crate::report::{
    ConclusionWord, FlowCrossing, LastPacket, Report, Seconds, SideAlone, SideConclusion, Sides,
    SidesBetween, SignedSeconds,
};
use crate::sides::{Between, Conclusion, ConclusionKind, Crossing, Renamed};
use crate::time::Span;

/// The report of the first of several sides, with what they say together. `sides` are their names and analyses, in
/// path order; `between` has one entry for each pair of neighbours.
pub fn assemble_sides(sides: &[(&str, &Analysis)], between: &[Between]) -> Report {
    let mut reports = sides.iter().map(|(name, analysis)| (*name, assemble(analysis)));
    let mut report = reports.next().map(|(_, report)| report).unwrap_or_default();
    let others: Vec<SideAlone> = reports
        .map(|(name, other)| SideAlone {
            name: name.to_owned(),
            complete: other.complete,
            files: other.capture.files,
            flows: other.totals.flows,
            broken: other.totals.broken,
            findings: other.findings,
            findings_total: other.findings_total,
        })
        .collect();
    report.complete &= others.iter().all(|other| other.complete);
    report.sides = Some(Sides {
        names: sides.iter().map(|(name, _)| (*name).to_owned()).collect(),
        between: between
            .iter()
            .zip(sides.windows(2))
            .map(|(between, pair)| page(between, [pair[0].1, pair[1].1]))
            .collect(),
        others,
    });
    report
}

fn page(between: &Between, analyses: [&Analysis; 2]) -> SidesBetween {
    SidesBetween {
        names: between.names.clone(),
        matched: between.matched,
        joined: between.joined,
        rewritten: between.rewritten,
        unmatched: between.unmatched,
        clock_ahead_s: between.clocks.map(|clocks| SignedSeconds(clocks.nanos as f64 / 1e9)),
        clock_within_s: between.clocks.map(|clocks| clocks.within.into()),
        clock_drift_ppb: between.clocks.and_then(|clocks| clocks.drift_ppb),
        compared: between.compared,
        crossings: between
            .crossings
            .iter()
            .map(|crossing| of_flow(crossing, &between.names, analyses))
            .collect(),
    }
}

fn of_flow(crossing: &Crossing, names: &[String; 2], analyses: [&Analysis; 2]) -> FlowCrossing {
    FlowCrossing {
        flows: crossing.flows.clone(),
        ends: crossing.ends.map(|ends| ends.map(|ends| ends.map(|end| end.to_string()))),
        crossed: crossing.crossed,
        one_side_only: crossing.one_side_only,
        last_crossed: crossing
            .last_crossed
            .iter()
            .map(|last| LastPacket {
                towards: names[usize::from(last.forward)].clone(),
                frames: last.frames.map(|frame| frame.0),
            })
            .collect(),
        conclusions: crossing
            .conclusions
            .iter()
            .map(|conclusion| {
                let side = conclusion.side;
                let broke = broke_after(conclusion, analyses[side], &crossing.flows[side]);
                conclude(conclusion, names, broke)
            })
            .collect(),
    }
}

/// The silence at whose end the connection broke, where this proves that an idle timer did it.
fn broke_after(conclusion: &Conclusion, analysis: &Analysis, flows: &[u64]) -> Option<Span> {
    let accuses = matches!(
        conclusion.kind,
        ConclusionKind::Dropped | ConclusionKind::ResetMadeBetween | ConclusionKind::MappingLost
    );
    if !accuses || conclusion.certainty < Certainty::Certain {
        return None;
    }
    let judgement = &analysis.judgement;
    let of_these = judgement.flows.iter().filter(|flow| flows.contains(&analysis.id_of(flow.first_frame)));
    let idled = |it: &Explanation| it.cause == Cause::IdleTimer && it.standing >= CauseStanding::Likely;
    let broken = of_these.filter(|flow| flow.explanations.iter().any(idled));
    let told =
        broken.flat_map(|flow| flow.findings.iter()).filter_map(|index| judgement.findings.get(*index));
    let of_failure = told.filter(|finding| {
        matches!(finding.rule, Rule::ObservedSilentDrop | Rule::ObservedReset | Rule::HalfClosedIdle)
    });
    of_failure.filter_map(|finding| finding.gap).max()
}

fn conclude(conclusion: &Conclusion, names: &[String; 2], broke_after: Option<Span>) -> SideConclusion {
    let (here, there) = (&names[conclusion.side], &names[1 - conclusion.side]);
    let frames: Vec<u64> = conclusion.frames.iter().map(|frame| frame.0).collect();
    let first = frames.first().copied().unwrap_or_default();
    let last = frames.last().copied().unwrap_or_default();
    let total = conclusion.frames_total;
    let after = match conclusion.silent {
        silent if silent >= Span::from_secs(1) => format!(", after {silent} of silence"),
        _ => String::new(),
    };
    let (kind, summary) = match conclusion.kind {
        ConclusionKind::Dropped => {
            let what = match total {
                1 => format!("the packet in frame {first}"),
                _ => format!("{total} packets from frame {first} on"),
            };
            let what = format!("{what} reached {here} and not {there}{after}");
            let path = match conclusion.others_crossed {
                true => "",
                false => {
                    "; no other connection is seen to cross later, so the path itself may have been down"
                }
            };
            (
                ConclusionWord::Dropped,
                format!("{what}: dropped between them, and nothing of their sender crosses any more{path}"),
            )
        }
        ConclusionKind::ResetMadeBetween => (
            ConclusionWord::ResetMadeBetween,
            format!(
                "the RST in frame {first} of {here} is not on {there}, where its sender is{after}: made between them"
            ),
        ),
        ConclusionKind::ResetCrossed => (
            ConclusionWord::ResetCrossed,
            format!("the RST in frame {first} of {here} is frame {last} of {there}: not made between them"),
        ),
        ConclusionKind::Unanswered => {
            let what = match total {
                1 => format!("the packet in frame {first} of {here}"),
                _ => format!("{total} packets from frame {first} of {here} on"),
            };
            (
                ConclusionWord::Unanswered,
                format!("{what} reached {there}{after}, where no answer came: not dropped between them"),
            )
        }
        ConclusionKind::MappingLost => {
            let names = conclusion.renamed.map(|Renamed { before, then, untranslated }| {
                let inside = if untranslated { ", its inside address," } else { "" };
                format!(" from {then}{inside} and no longer from {before}")
            });
            let what = format!("frame {first} of {here} reached {there} (frame {last})");
            (
                ConclusionWord::MappingLost,
                format!(
                    "{what}{}{after}: what lies between had forgotten the connection",
                    names.unwrap_or_default()
                ),
            )
        }
        ConclusionKind::ResetStopped => (
            ConclusionWord::ResetStopped,
            format!("the RST in frame {first} of {here} did not reach {there}, whose end was not told"),
        ),
    };
    SideConclusion {
        kind,
        certainty: conclusion.certainty.into(),
        side: here.clone(),
        frames,
        frames_total: total,
        at: conclusion.at.into(),
        broke_after_s: broke_after.map(Seconds::from),
        summary,
    }
}

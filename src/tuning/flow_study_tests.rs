//! What runs of limits do to a flow is what each limit alone does.

use super::flow_study::*;
use super::plan::Plan;
use crate::flow::Standing;
use crate::flow::{Basis, Phase, Silence, Trust};
use crate::frame::FrameNumber;
use crate::policy::Path;
use crate::policy::Refresh;
use crate::time::{Span, Timestamp};
use proptest::prelude::*;

#[test]
fn each_basis_belongs_to_the_refresh_that_sees_it() {
    for basis in ALL {
        let sees = |refresh: &Refresh| bases_of(*refresh).contains(&basis);
        assert_eq!(refresh_of(basis), REFRESHES.iter().position(sees));
    }
}

const ALL: [Basis; 7] = [
    Basis::Any,
    Basis::Payload,
    Basis::Initiator,
    Basis::Responder,
    Basis::PayloadInitiator,
    Basis::PayloadResponder,
    Basis::Unaided,
];

const PHASES: [Phase; 5] =
    [Phase::SynSent, Phase::Established, Phase::FinWait, Phase::CloseWait, Phase::LastAck];

/// When the first of the silences let this limit run out, asked of all of them.
fn first_out(plan: &Plan, silences: &[Silence], bases: &[Basis], limit: usize) -> Option<(Timestamp, Phase)> {
    let of = |basis: &Basis| {
        let clean = |silence: &&Silence| silence.basis == *basis && silence.trust == Trust::Clean;
        let first = silences.iter().filter(clean).find(|silence| exceeded(plan, silence) > limit)?;
        let timer = plan.state_timer(first.standing.phase).unwrap_or(plan.limits()[limit]);
        Some((first.start_at + timer, first.standing.phase))
    };
    bases.iter().filter_map(of).min_by_key(|(at, _)| *at)
}

/// What one limit alone does, from the silences themselves.
fn asked_alone(
    plan: &Plan,
    silences: &[Silence],
    refresh: Refresh,
    limit: usize,
    last_payload: Timestamp,
) -> (Fate, Option<Unaided>) {
    let own = bases_of(refresh);
    let unaided: &[Basis] = if refresh.counts_packets() { &[Basis::Unaided] } else { &[] };
    let over = |silence: &&Silence| exceeded(plan, silence) > limit;
    let harmless = |at: Timestamp, phase: Phase| is_transitory(phase) && last_payload <= at;
    let cut = first_out(plan, silences, own, limit);
    let alone = first_out(plan, silences, unaided, limit);
    let doubtful = silences
        .iter()
        .filter(over)
        .any(|silence| own.contains(&silence.basis) && silence.trust != Trust::Clean);
    let fate = match (cut, alone) {
        (Some((at, phase)), _) if harmless(at, phase) => Fate::Untouched,
        (Some((at, _)), _) => Fate::Cut { used_again: last_payload > at },
        _ if doubtful => Fate::Unknown,
        (None, Some(_)) => Fate::SavedByKeepalive,
        (None, None) => Fate::Untouched,
    };
    let first = cut.into_iter().chain(alone).min_by_key(|(at, _)| *at);
    let fate_unaided = first.filter(|(at, phase)| !harmless(*at, *phase)).map(|(at, _)| {
        let unprobed = silences.iter().filter(over).any(|silence| {
            let seen = own.contains(&silence.basis) || unaided.contains(&silence.basis);
            seen && silence.trust == Trust::Clean && !is_probeable(silence)
        });
        Unaided { used_again: last_payload > at, saveable: refresh.counts_packets() && !unprobed }
    });
    (fate, fate_unaided)
}

fn silences() -> impl Strategy<Value = Vec<Silence>> {
    let one = (0usize..7, 0u64..900, 1u64..900, 0usize..5, any::<bool>(), 0u8..6);
    prop::collection::vec(one, 0..14).prop_map(|all| {
        let mut silences: Vec<Silence> = all
            .into_iter()
            .map(|(basis, start, length, phase, unacknowledged, trust)| Silence {
                basis: ALL[basis],
                start_frame: FrameNumber(1),
                start_at: Timestamp::from_nanos(0) + Span::from_secs(start),
                length: Span::from_secs(length),
                standing: Standing {
                    phase: PHASES[phase],
                    unacknowledged,
                    retransmissions: 0,
                    zero_window: false,
                },
                ending: None,
                trust: if trust == 0 { Trust::SegmentsMissing } else { Trust::Clean },
            })
            .collect();
        silences.sort_by_key(|silence| silence.start_at);
        silences
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn runs_of_limits_are_what_each_limit_alone_does(
        silences in silences(),
        last_payload in 0u64..1800,
        half_open in prop::option::of(1u64..400),
        half_closed in prop::option::of(1u64..400),
        candidates in prop::collection::vec(1u64..900, 1..12)
    ) {
        let candidates: Vec<Span> = candidates.into_iter().map(Span::from_secs).collect();
        let mut plan = Plan::new(&Path::default(), &candidates, &[]);
        plan.half_open = half_open.map(Span::from_secs);
        plan.half_closed = half_closed.map(Span::from_secs);
        let last_payload = Timestamp::from_nanos(0) + Span::from_secs(last_payload);
        let mut study = FlowStudy::default();
        for silence in &silences {
            let limits = exceeded(&plan, silence);
            if limits > 0 {
                study.note(silence, limits);
            }
        }
        for refresh in REFRESHES {
            let touched = study.touched(refresh);
            let mut limit = 0;
            while limit < plan.limits().len() {
                let alike = study.alike_from(&plan, refresh, limit, last_payload);
                prop_assert!(alike.until > limit);
                for number in limit..alike.until {
                    let alone = asked_alone(&plan, &silences, refresh, number, last_payload);
                    prop_assert_eq!((alike.fate, alike.unaided), alone, "{:?} {}", refresh, number);
                    prop_assert!(number < touched || alone == (Fate::Untouched, None));
                }
                limit = alike.until;
            }
        }
    }
}

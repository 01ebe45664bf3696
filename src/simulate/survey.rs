//! Without a path: how many flows each of a row of known limits would have cut.
//!
//! Every limit is taken for a tracker that any packet refreshes. A flow is cut at a limit when it had a
//! silence above it, so limits in ascending order are exceeded from the first on, and one number a flow
//! tells how far.

use super::hop_state::Aftermath;
use crate::flow::{Basis, Phase, Silence, Trust};
use crate::time::{Span, Timestamp};

/// A limit to survey, and who has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyLimit {
    /// Idle time allowed.
    pub limit: Span,
    /// Boxes with that limit, as a reader knows them.
    pub names: Vec<String>,
}

/// How many flows a limit would have cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SurveyRow {
    /// Flows with a silence above the limit.
    pub cut: u64,
    /// Of them, flows with new payload after the timer had run out.
    pub used_again: u64,
    /// Flows that would have been cut without the keepalive probes seen.
    pub saved_by_keepalive: u64,
    /// Flows whose only silence above the limit is one that the capture does not show whole.
    pub unknown: u64,
}

impl SurveyRow {
    /// Takes in what another part of the capture counted.
    pub fn add(&mut self, other: &SurveyRow) {
        self.cut += other.cut;
        self.used_again += other.used_again;
        self.saved_by_keepalive += other.saved_by_keepalive;
        self.unknown += other.unknown;
    }
}

/// One flow past all limits.
#[derive(Clone, Debug, Default)]
pub struct SurveyState {
    /// When the first silence above each limit ran out; as many as limits were exceeded.
    ran_out: Vec<Timestamp>,
    exceeded_unaided: usize,
    exceeded_in_doubt: usize,
}

impl SurveyState {
    /// Takes in a silence. `limits` ascend and are the same in every call.
    pub fn note(&mut self, limits: &[SurveyLimit], silence: &Silence) {
        if silence.standing.phase == Phase::Closed {
            return;
        }
        let exceeded = || limits.partition_point(|known| known.limit < silence.length);
        match (silence.basis, silence.trust) {
            (Basis::Any, Trust::Clean) => {
                let fresh = limits.get(self.ran_out.len()..exceeded()).unwrap_or_default();
                self.ran_out.extend(fresh.iter().map(|known| silence.start_at + known.limit));
            }
            (Basis::Any, _) => self.exceeded_in_doubt = self.exceeded_in_doubt.max(exceeded()),
            (Basis::Unaided, Trust::Clean) => self.exceeded_unaided = self.exceeded_unaided.max(exceeded()),
            _ => {}
        }
    }

    /// Adds the flow to `rows`, one for each limit, once it has ended.
    pub fn count(&self, rows: &mut [SurveyRow], after: &Aftermath) {
        for (index, row) in rows.iter_mut().enumerate() {
            if let Some(at) = self.ran_out.get(index) {
                row.cut += 1;
                row.used_again += u64::from(after.last_payload_at > *at);
            } else if index < self.exceeded_in_doubt {
                row.unknown += 1;
            } else if index < self.exceeded_unaided {
                row.saved_by_keepalive += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hop_state::tests::{aftermath, ended, open};
    use super::*;
    use crate::flow::EndedBy;

    fn limits() -> Vec<SurveyLimit> {
        [60, 350, 3600].map(|s| SurveyLimit { limit: Span::from_secs(s), names: Vec::new() }).into()
    }

    fn rows(silences: &[Silence], last_payload: i64) -> Vec<SurveyRow> {
        let (limits, mut state) = (limits(), SurveyState::default());
        for silence in silences {
            state.note(&limits, silence);
        }
        let mut rows = vec![SurveyRow::default(); limits.len()];
        state.count(&mut rows, &aftermath(last_payload));
        rows
    }

    #[test]
    fn a_gap_of_six_minutes_exceeds_the_limits_below_it_only() {
        let rows = rows(&[ended(Basis::Any, 0, 360, EndedBy::Data)], 360);
        assert_eq!(
            rows.iter().map(|row| (row.cut, row.used_again)).collect::<Vec<_>>(),
            [(1, 1), (1, 1), (0, 0)]
        );
    }

    #[test]
    fn each_limit_counts_from_the_first_silence_above_it() {
        let silences = [ended(Basis::Any, 0, 100, EndedBy::Data), open(Basis::Any, 100, 400)];
        let rows = rows(&silences, 100);
        assert_eq!(
            rows.iter().map(|row| (row.cut, row.used_again)).collect::<Vec<_>>(),
            [(1, 1), (1, 0), (0, 0)]
        );
    }

    #[test]
    fn probes_save_a_flow_from_the_limits_between_their_spacing_and_its_silence() {
        let rows = rows(
            &[
                ended(Basis::Any, 0, 300, EndedBy::Probe),
                ended(Basis::Any, 300, 300, EndedBy::Data),
                ended(Basis::Unaided, 0, 600, EndedBy::Data),
            ],
            600,
        );
        assert_eq!(
            rows.iter().map(|row| (row.cut, row.saved_by_keepalive)).collect::<Vec<_>>(),
            [(1, 0), (0, 1), (0, 0)]
        );
    }

    #[test]
    fn a_silence_with_missing_segments_is_unknown_and_not_cut() {
        let silence = Silence { trust: Trust::SegmentsMissing, ..ended(Basis::Any, 0, 400, EndedBy::Data) };
        let rows = rows(&[silence], 400);
        assert_eq!((rows[1].cut, rows[1].unknown), (0, 1));
        assert_eq!(rows[2], SurveyRow::default());
    }
}

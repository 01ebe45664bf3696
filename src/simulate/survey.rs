//! Without a path: how many flows each of a row of known limits would have cut.
//!
//! A flow is cut at a limit when it had a silence above it, of any packet or of payload as the boxes of
//! that limit count. So limits in ascending order are exceeded from the first on, and how far is all that
//! a flow must keep.

use super::hop_state::Aftermath;
use crate::flow::{Basis, Phase, Silence, Trust};
use crate::policy::Refresh;
use crate::policy::presets::{self, Preset};
use crate::time::{Span, Timestamp};

/// A limit to survey, and who has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyLimit {
    /// Idle time allowed.
    pub limit: Span,
    /// Boxes with that limit, as a reader knows them or by preset id.
    pub names: Vec<String>,
}

/// The limits to survey.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Survey {
    by_packets: Vec<SurveyLimit>,
    by_payload: Vec<SurveyLimit>,
}

impl Survey {
    /// From limits and what restarts their timers, in any order; equal ones are laid together. Timers that
    /// look at one direction only are left out: without a path it is not known which.
    pub fn new(limits: impl IntoIterator<Item = (Refresh, SurveyLimit)>) -> Self {
        let mut survey = Survey::default();
        for (refresh, limit) in limits {
            let list = match refresh {
                Refresh::AnyPacket => &mut survey.by_packets,
                Refresh::Payload => &mut survey.by_payload,
                Refresh::PayloadPerDirection | Refresh::Initiator | Refresh::Responder => continue,
            };
            match list.binary_search_by_key(&limit.limit, |known| known.limit) {
                Ok(index) => list[index].names.extend(limit.names),
                Err(index) => list.insert(index, limit),
            }
        }
        survey
    }

    /// The established limits of the preset catalogue, boxes by preset id.
    pub fn of_catalogue() -> Self {
        let limits = presets::survey_limits();
        let boxes = limits.iter().flat_map(|limit| limit.boxes.iter().map(|id| (limit.limit, *id)));
        Survey::new(boxes.filter_map(|(limit, id)| match presets::find(id) {
            Ok(Preset::Middlebox(middlebox)) => {
                Some((middlebox.refresh, SurveyLimit { limit, names: vec![id.to_owned()] }))
            }
            Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => None,
        }))
    }

    /// All limits: those that count packets, then those that count payload, each ascending.
    pub fn limits(&self) -> impl Iterator<Item = (Refresh, &SurveyLimit)> {
        let packets = self.by_packets.iter().map(|limit| (Refresh::AnyPacket, limit));
        packets.chain(self.by_payload.iter().map(|limit| (Refresh::Payload, limit)))
    }

    /// How many limits there are.
    pub fn len(&self) -> usize {
        self.by_packets.len() + self.by_payload.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shortest limit: no silence below it matters to the survey.
    pub fn shortest(&self) -> Option<Span> {
        let first = |list: &[SurveyLimit]| list.first().map(|known| known.limit);
        first(&self.by_packets).into_iter().chain(first(&self.by_payload)).min()
    }
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
    by_packets: Reach,
    by_payload: Reach,
}

/// How far a flow got in one list of limits.
#[derive(Clone, Debug, Default)]
struct Reach {
    /// When the first silence above each limit ran out; as many as limits were exceeded.
    ran_out: Vec<Timestamp>,
    exceeded_unaided: usize,
    exceeded_in_doubt: usize,
}

impl SurveyState {
    /// Takes in a silence. `survey` is the same in every call.
    pub fn note(&mut self, survey: &Survey, silence: &Silence) {
        if matches!(silence.standing.phase, Phase::Closed | Phase::SynSent | Phase::SynRecv) {
            return;
        }
        match silence.basis {
            Basis::Any => self.by_packets.note(&survey.by_packets, silence),
            Basis::Payload => self.by_payload.note(&survey.by_payload, silence),
            Basis::Unaided if silence.trust == Trust::Clean => {
                let exceeded = exceeded(&survey.by_packets, silence.length);
                self.by_packets.exceeded_unaided = self.by_packets.exceeded_unaided.max(exceeded);
            }
            _ => {}
        }
    }

    /// Adds the flow to `rows`, one for each of [`Survey::limits`], once it has ended.
    pub fn count(&self, survey: &Survey, rows: &mut [SurveyRow], after: &Aftermath) {
        let (packets, payload) = rows.split_at_mut(survey.by_packets.len().min(rows.len()));
        self.by_packets.count(packets, after);
        self.by_payload.count(payload, after);
    }
}

impl Reach {
    fn note(&mut self, limits: &[SurveyLimit], silence: &Silence) {
        let exceeded = exceeded(limits, silence.length);
        if silence.trust == Trust::Clean {
            let fresh = limits.get(self.ran_out.len()..exceeded).unwrap_or_default();
            self.ran_out.extend(fresh.iter().map(|known| silence.start_at + known.limit));
        } else {
            self.exceeded_in_doubt = self.exceeded_in_doubt.max(exceeded);
        }
    }

    fn count(&self, rows: &mut [SurveyRow], after: &Aftermath) {
        let touched = self.ran_out.len().max(self.exceeded_unaided).max(self.exceeded_in_doubt);
        for (index, row) in rows.iter_mut().enumerate().take(touched) {
            if let Some(at) = self.ran_out.get(index) {
                row.cut += 1;
                row.used_again += u64::from(after.last_use_at > *at);
            } else if index < self.exceeded_in_doubt {
                row.unknown += 1;
            } else {
                row.saved_by_keepalive += 1;
            }
        }
    }
}

/// How many of the ascending `limits` a silence of `length` exceeds.
fn exceeded(limits: &[SurveyLimit], length: Span) -> usize {
    limits.partition_point(|known| known.limit < length)
}

#[cfg(test)]
mod tests {
    use super::super::hop_state::tests::{aftermath, ended, open};
    use super::*;
    use crate::flow::EndedBy;

    fn limit(seconds: u64, name: &str) -> SurveyLimit {
        SurveyLimit { limit: Span::from_secs(seconds), names: vec![name.to_owned()] }
    }

    fn survey() -> Survey {
        Survey::new([
            (Refresh::AnyPacket, limit(3600, "asa")),
            (Refresh::AnyPacket, limit(60, "gcp")),
            (Refresh::AnyPacket, limit(350, "nlb")),
            (Refresh::Payload, limit(60, "alb")),
        ])
    }

    /// (cut, used again, saved, unknown) of gcp, nlb, asa and alb.
    fn rows(silences: &[Silence], last_payload: i64) -> Vec<[u64; 4]> {
        let (survey, mut state) = (survey(), SurveyState::default());
        for silence in silences {
            state.note(&survey, silence);
        }
        let mut rows = vec![SurveyRow::default(); survey.len()];
        state.count(&survey, &mut rows, &aftermath(last_payload));
        rows.iter().map(|row| [row.cut, row.used_again, row.saved_by_keepalive, row.unknown]).collect()
    }

    #[test]
    fn equal_limits_are_one_row_and_rows_ascend() {
        let survey = Survey::new([
            (Refresh::Payload, limit(60, "alb")),
            (Refresh::AnyPacket, limit(350, "nlb")),
            (Refresh::AnyPacket, limit(350, "nat")),
            (Refresh::AnyPacket, limit(240, "azure")),
        ]);
        let rows: Vec<(u64, usize)> =
            survey.limits().map(|(_, known)| (known.limit.as_secs(), known.names.len())).collect();
        assert_eq!(rows, [(240, 1), (350, 2), (60, 1)]);
        assert_eq!(survey.shortest(), Some(Span::from_secs(60)));
    }

    #[test]
    fn a_gap_of_six_minutes_exceeds_the_limits_below_it_only() {
        let rows = rows(&[ended(Basis::Any, 0, 360, EndedBy::Data)], 360);
        assert_eq!(rows, [[1, 1, 0, 0], [1, 1, 0, 0], [0; 4], [0; 4]]);
    }

    #[test]
    fn each_limit_counts_from_the_first_silence_above_it() {
        let rows = rows(&[ended(Basis::Any, 0, 100, EndedBy::Data), open(Basis::Any, 100, 400)], 100);
        assert_eq!(rows, [[1, 1, 0, 0], [1, 0, 0, 0], [0; 4], [0; 4]]);
    }

    #[test]
    fn probes_save_a_flow_from_trackers_and_not_from_proxies() {
        let silences = [
            ended(Basis::Any, 0, 50, EndedBy::Probe),
            ended(Basis::Unaided, 0, 600, EndedBy::Data),
            ended(Basis::Payload, 0, 600, EndedBy::Data),
        ];
        assert_eq!(rows(&silences, 600), [[0, 0, 1, 0], [0, 0, 1, 0], [0; 4], [1, 1, 0, 0]]);
    }

    #[test]
    fn a_silence_with_missing_segments_is_unknown_and_not_cut() {
        let silence = Silence { trust: Trust::SegmentsMissing, ..ended(Basis::Any, 0, 400, EndedBy::Data) };
        assert_eq!(rows(&[silence], 400), [[0, 0, 0, 1], [0, 0, 0, 1], [0; 4], [0; 4]]);
    }
}

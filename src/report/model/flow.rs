//! One flow as it is listed.

use super::{
    BasisWord, CertaintyWord, EndedByWord, Explanation, FlowHeartbeat, Moment, Observed, Outcome, RoleWord,
    Seconds, TrustWord,
};
use crate::findings::KeepaliveRecord;
use crate::flow::{ClosedBy, Estimate, Gap, Opened};
use crate::simulate::Verdict;
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// How a flow came into the capture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlowOpening {
    /// With its SYN or SYN-ACK.
    #[default]
    Handshake,
    /// It was there before.
    Midstream,
}

/// How a flow ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlowClose {
    /// FIN of both sides.
    Fin,
    /// RST.
    Rst,
    /// It did not.
    #[default]
    None,
}

/// Something of both ends of a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "{T}PerRole")]
pub struct PerRole<T> {
    /// Of who opened the flow.
    pub initiator: T,
    /// Of the service.
    pub responder: T,
}

/// Keepalive of both ends as their probes show it.
pub type Keepalives = PerRole<ProbesSeen>;

/// One flow.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Flow {
    /// From 0, in order of first appearance; Wireshark's `tcp.stream` of the same capture.
    pub id: u64,
    /// `ip:port` of who opened it.
    pub initiator: String,
    /// `ip:port` of the service.
    pub responder: String,
    /// VLANs and tunnels around it; null: none.
    pub network: Option<String>,
    /// How it came into the capture.
    pub opened: FlowOpening,
    /// How it ended.
    pub closed_by: FlowClose,
    /// Frame of the RST that ended it.
    pub reset_frame: Option<u64>,
    /// Whether the capture shows both directions.
    pub two_way: bool,
    /// First segment.
    pub first_at: Moment,
    /// Last segment.
    pub last_at: Moment,
    /// First segment's frame.
    pub first_frame: u64,
    /// Last segment's frame.
    pub last_frame: u64,
    /// Segments sent, copies not counted.
    pub segments: PerRole<u64>,
    /// Payload bytes sent, retransmissions included.
    pub payload_bytes: PerRole<u64>,
    /// Copies of its segments that were left out.
    pub duplicates: u64,
    /// Longest ended silence of any packet.
    pub longest_gap_s: Seconds,
    /// Longest ended silence of new payload.
    pub longest_payload_gap_s: Seconds,
    /// Silence from the last segment to the capture's end; null: closed, or too short to matter to any limit
    /// asked for.
    pub open_gap_s: Option<Seconds>,
    /// The longest ended gaps of at least `listing.min_gap_s`, longest first, at most 6 of a basis.
    pub gaps: Vec<FlowGap>,
    /// How many ended gaps of at least a second there were on these bases.
    pub gaps_total: u64,
    /// Keepalive probes of both ends.
    pub keepalive: Keepalives,
    /// Heartbeats of the application, those of the initiator first.
    pub heartbeats: Vec<FlowHeartbeat>,
    /// Frames of probes of a closed window; the first ones.
    pub zero_window_probes: Vec<u64>,
    /// How many probes of a closed window there were.
    pub zero_window_probes_total: u64,
    /// What came of its silences, and its RSTs.
    pub observed: Observed,
    /// Frames of ICMP errors that quote it; the first ones.
    pub icmp_frames: Vec<u64>,
    /// What each hop would have done, in path order.
    pub verdicts: Vec<FlowVerdict>,
    /// How sure it is that it failed; null: it did not.
    pub failed: Option<CertaintyWord>,
    /// Why it failed, or was closed after a silence, the best established cause first; empty: it did not.
    pub explanations: Vec<Explanation>,
    /// Indexes into the report's findings.
    pub findings: Vec<usize>,
    /// Shows the flow in Wireshark.
    pub display_filter: String,
}

/// One ended silence.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct FlowGap {
    /// Which activities it lies between.
    pub basis: BasisWord,
    /// Last activity before it.
    pub start_frame: u64,
    /// First activity after it.
    pub end_frame: u64,
    /// When it began.
    pub start_at: Moment,
    /// How long it was.
    pub length_s: Seconds,
    /// What ended it.
    pub ended_by: EndedByWord,
    /// Whether the capture shows all of it.
    pub trust: TrustWord,
    /// Why not.
    pub why: Option<String>,
}

impl From<&Gap> for FlowGap {
    fn from(gap: &Gap) -> Self {
        FlowGap {
            basis: gap.basis.into(),
            start_frame: gap.start_frame.0,
            end_frame: gap.end_frame.0,
            start_at: gap.start_at.into(),
            length_s: gap.length.into(),
            ended_by: gap.ended_by.into(),
            trust: gap.trust.into(),
            why: gap.trust.why().map(str::to_owned),
        }
    }
}

/// Keepalive probes of one end.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct ProbesSeen {
    /// Probes sent.
    pub probes: u64,
    /// Replies received.
    pub replies: u64,
    /// Segments of this end that are probes, or replies to probes of the other: the capture shows one direction only,
    /// and nothing in it tells. They are not among `probes`.
    pub probe_or_reply: u64,
    /// Whether those bear one IP identification, and nothing else of this end another: a device may have sent one frame
    /// again and again.
    pub probe_or_reply_one_ip_id: bool,
    /// Frames of the first probes; `probes` is their total.
    pub frames: Vec<u64>,
    /// When those were sent.
    pub times: Vec<Moment>,
    /// Keepalive time that the probes show, the likeliest value.
    pub time_s: Option<Seconds>,
    /// Range in which it must lie.
    pub time_range_s: Option<SecondsRange>,
    /// Interval between unanswered probes, the likeliest value.
    pub interval_s: Option<Seconds>,
    /// Range in which it must lie.
    pub interval_range_s: Option<SecondsRange>,
    /// Probes until it gave up; known only when it did.
    pub count: Option<u32>,
    /// Probes of the run that was unanswered when the flow ended.
    pub unanswered_at_end: u32,
    /// Probes of the longest unanswered run.
    pub longest_unanswered: u32,
    /// RST with which it gave up.
    pub gave_up_frame: Option<u64>,
    /// Ids of the keepalive presets that fit both ranges.
    pub matches: Vec<String>,
}

impl From<&KeepaliveRecord> for ProbesSeen {
    /// Everything but the matches.
    fn from(record: &KeepaliveRecord) -> Self {
        ProbesSeen {
            probes: record.probes,
            replies: record.replies,
            probe_or_reply: record.probe_or_reply,
            probe_or_reply_one_ip_id: record.one_ip_id,
            frames: record.frames.iter().map(|frame| frame.0).collect(),
            times: record.times.iter().map(|at| Moment(*at)).collect(),
            time_s: record.time.map(|estimate| estimate.best.into()),
            time_range_s: record.time.map(SecondsRange::from),
            interval_s: record.interval.map(|estimate| estimate.best.into()),
            interval_range_s: record.interval.map(SecondsRange::from),
            count: record.count,
            unanswered_at_end: record.unanswered,
            longest_unanswered: record.longest_unanswered,
            gave_up_frame: record.gave_up.map(|frame| frame.0),
            matches: Vec::new(),
        }
    }
}

/// A closed range of lengths of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct SecondsRange {
    /// Not below this.
    pub low: Seconds,
    /// Not above this.
    pub high: Seconds,
}

impl From<Estimate> for SecondsRange {
    fn from(estimate: Estimate) -> Self {
        SecondsRange { low: estimate.low.into(), high: estimate.high.into() }
    }
}

/// What one hop would have done to the flow.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct FlowVerdict {
    /// Name of the hop.
    pub hop: String,
    /// What it would have done.
    pub outcome: Outcome,
    /// When its timer ran out, or may have, or would have without the probes.
    pub at: Option<Moment>,
    /// What the silence that decides was a silence of; null: no silence was long enough to matter.
    pub basis: Option<BasisWord>,
    /// How long that silence was, or was so far when the capture ended.
    pub gap_s: Option<Seconds>,
    /// What the hop allows in the state that the connection was in.
    pub limit_s: Option<Seconds>,
    /// Last activity before that silence.
    pub after_frame: Option<u64>,
    /// First activity after it; null: none came.
    pub before_frame: Option<u64>,
    /// What came after the timer had run out; null: it did not, or nothing came.
    pub next: Option<EndedByWord>,
    /// Who sent that.
    pub next_from: Option<RoleWord>,
    /// Time that was left on the timer in the silence that came closest to its limit, of a flow that survives.
    pub margin_s: Option<Seconds>,
    /// Further silences in which the timer would have run out, had the flow been opened again.
    pub later_cuts: u64,
    /// What weakens or explains the outcome, as a clause.
    pub why: Option<String>,
}

impl FlowVerdict {
    /// A bare verdict: fill in what is known.
    pub fn new(hop: &str, outcome: Outcome) -> Self {
        FlowVerdict {
            hop: hop.to_owned(),
            outcome,
            at: None,
            basis: None,
            gap_s: None,
            limit_s: None,
            after_frame: None,
            before_frame: None,
            next: None,
            next_from: None,
            margin_s: None,
            later_cuts: 0,
            why: None,
        }
    }

    /// The verdict of the hop of that name.
    pub(in crate::report) fn of(hop: &str, verdict: &Verdict) -> Self {
        let lapse = verdict.lapse();
        let closest = verdict.closest();
        FlowVerdict {
            hop: hop.to_owned(),
            outcome: verdict.kind().into(),
            at: verdict.at().map(Moment::from),
            basis: lapse
                .map(|lapse| lapse.basis)
                .or(closest.map(|closest| closest.basis))
                .map(BasisWord::from),
            gap_s: lapse
                .map(|lapse| lapse.length)
                .or(closest.map(|closest| closest.length))
                .map(Seconds::from),
            limit_s: lapse
                .map(|lapse| lapse.limit)
                .or(closest.map(|closest| closest.limit))
                .map(Seconds::from),
            after_frame: verdict.after_frame().map(|frame| frame.0),
            before_frame: verdict.before_frame().map(|frame| frame.0),
            next: lapse.and_then(|lapse| lapse.ending).map(|ending| ending.by.into()),
            next_from: lapse.and_then(|lapse| lapse.ending).map(|ending| ending.sender.into()),
            margin_s: verdict.margin().map(Seconds::from),
            later_cuts: u64::from(verdict.expiries.saturating_sub(1)),
            why: verdict.why().map(Cow::into_owned),
        }
    }
}

impl From<Opened> for FlowOpening {
    fn from(opened: Opened) -> Self {
        match opened {
            Opened::Handshake => FlowOpening::Handshake,
            Opened::Midstream => FlowOpening::Midstream,
        }
    }
}

impl From<ClosedBy> for FlowClose {
    fn from(closed_by: ClosedBy) -> Self {
        match closed_by {
            ClosedBy::Fin => FlowClose::Fin,
            ClosedBy::Rst => FlowClose::Rst,
            ClosedBy::Nothing => FlowClose::None,
        }
    }
}

//! What the gaps of the traffic say about the timeout and the keepalive to set.

use super::{GapHistogram, GapHistograms, RefreshWord, Seconds};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Distributions, what-if tables and a recommendation. Of a merge of histogram logs, only the distributions,
/// the curves and the counts of gaps.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Tuning {
    /// What to set, with its price, in one sentence; the first of the page.
    pub verdict: String,
    /// What it rests on.
    pub basis: TuningBasis,
    /// What to set, and why.
    pub recommendation: Recommendation,
    /// What each timeout would have done; by refresh, then ascending. Empty of a merge of histogram logs.
    pub timeouts: Vec<TimeoutRow>,
    /// What each keepalive time would have done, ascending. Empty of a merge of histogram logs.
    pub keepalives: Vec<KeepaliveRow>,
    /// Share of silences that outlast an age, by basis: `any`, `payload`, `initiator`, `responder`.
    pub curves: Vec<SurvivalPlot>,
    /// Gaps by basis and by what ended them, probes' delays, lifetimes: of the whole capture.
    pub distributions: Distributions,
    /// The same of each group, most gaps first; bounded by `groups_total`.
    pub groups: Vec<TuningGroup>,
    /// How many groups there are.
    pub groups_total: u64,
    /// What groups are made of: `service`, `port`, `subnet` or `vlan`.
    pub grouped_by: String,
    /// What these numbers cannot tell, a sentence each.
    pub cannot_tell: Vec<String>,
}

/// What the numbers rest on.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct TuningBasis {
    /// From the first frame to the last; null of a merge of histogram logs.
    pub span_s: Option<Seconds>,
    /// Flows; null of a merge of histogram logs.
    pub flows: Option<u64>,
    /// Silence from which on a flow counts as idle.
    pub idle_from_s: Seconds,
    /// Nothing can be said about longer timeouts: no such silence can be seen whole often enough.
    pub tells_up_to_s: Seconds,
    /// Share of the reused flows that a timeout is to keep, 0 to 1.
    pub keep: f64,
    /// Entries held are means over this long; the peak is that of such means.
    pub bin_s: Seconds,
    /// Confidence of all bands, 0 to 1.
    pub confidence: f64,
    /// Names of the files that were merged; empty when captures were read.
    pub merged: Vec<String>,
}

/// A share with its band.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Share {
    /// Of `of`.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// `count` / `of`; null when `of` is 0.
    pub share: Option<f64>,
    /// Lower bound (Wilson score interval).
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// One timeout with one refresh.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct TimeoutRow {
    /// The timeout.
    pub timeout_s: Seconds,
    /// What restarts it.
    pub refresh: RefreshWord,
    /// Hops of the path that have it now.
    pub hops: Vec<String>,
    /// Ids of the presets that have it and count like this.
    pub presets: Vec<String>,
    /// Whether it is the recommended one.
    pub recommended: bool,
    /// Whether the capture is long enough to say something about it.
    pub within_reach: bool,
    /// Ended gaps longer than it, those that are suspect left out.
    pub gaps_cut: u64,
    /// Flows that it cuts.
    pub flows_cut: u64,
    /// Of them, those with new payload after the timer had run out.
    pub flows_used_again: u64,
    /// Flows that only their keepalive probes save from it.
    pub flows_saved_by_keepalive: u64,
    /// Flows of which the capture does not show enough.
    pub flows_unknown: u64,
    /// Flows cut and used again among all that were used again after idling.
    pub used_again: Share,
    /// Entries of the box's flow table.
    pub entries: Entries,
}

/// Entries of a flow table over time. An entry stands from a flow's first segment to its last; one that ran
/// out is made anew when the flow is used again. With a timer for each direction: at most so many.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Entries {
    /// Mean over the capture.
    pub mean: f64,
    /// Highest mean over one bin.
    pub peak: f64,
    /// 99 of 100 bins are not above it.
    pub p99: f64,
    /// Sum over all entries of the time that each is held.
    pub entry_seconds: f64,
    /// Of these, in long silences of half-open connections (no handshake).
    pub half_open_seconds: f64,
    /// Of these, in long silences of half-closed connections (one FIN).
    pub half_closed_seconds: f64,
}

/// One keepalive time, as if every socket had it and none had another.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct KeepaliveRow {
    /// Silence before the first probe.
    pub time_s: Seconds,
    /// Between unanswered probes.
    pub interval_s: Seconds,
    /// Unanswered probes after which the socket is closed.
    pub probes: u32,
    /// Whether it is the recommended one.
    pub recommended: bool,
    /// By hop, or without a path by known limit: flows that it saves.
    pub saved: Vec<SavedBehind>,
    /// Probes sent, when one end of each flow probes.
    pub probes_sent: u64,
    /// The same by the second, over the capture.
    pub probes_per_s: f64,
    /// Bytes by the second that probes and their replies add on the wire.
    pub bytes_per_s: f64,
    /// Until an end finds out that its peer is gone.
    pub dead_peer_noticed_s: Seconds,
    /// Sockets held although nothing came from either side until the capture's end: mean.
    pub stale_mean: f64,
    /// Highest number of them at one time (mean over one bin).
    pub stale_peak: f64,
    /// What they do to a limit of sockets; null without `--slots`.
    pub slots: Option<SlotsHeld>,
}

/// Flows saved behind one limit.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SavedBehind {
    /// Name of the hop; null: a known limit, no hop.
    pub hop: Option<String>,
    /// The limit.
    pub limit_s: Seconds,
    /// What restarts its timer.
    pub refresh: RefreshWord,
    /// Flows that the limit cuts when nobody probes.
    pub at_risk: u64,
    /// Of these, those that this keepalive saves.
    pub saved: u64,
    /// Of those saved, the ones that were used again.
    pub saved_used_again: u64,
    /// Probes that may be lost before the limit; null: the first comes too late, or is not counted.
    pub probes_to_spare: Option<u32>,
}

/// Sockets of one client at one service, held by sockets that nobody cleans: where they come nearest to what a
/// service allows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct SlotsHeld {
    /// The service, `ip:port`; null: no client holds any at a service with a limit.
    pub service: Option<String>,
    /// How many it allows a client.
    pub allowed: u64,
    /// Most held by one client at one time.
    pub most: u64,
    /// Clients that reach the limit of a service, counted at each.
    pub clients_at_limit: u64,
}

/// What to set. Each part is null when the capture cannot carry it; `why_not` says why.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Recommendation {
    /// The idle timeout of a box that counts any packet.
    pub timeout: Option<RecommendedTimeout>,
    /// The keepalive of the endpoints.
    pub keepalive: Option<RecommendedKeepalive>,
    /// The hops of the path with the limits that they should have, from the initiator; empty without hops.
    pub chain: Vec<ChainLink>,
    /// Why a part is missing.
    pub why_not: Vec<String>,
}

/// The timeout to set.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct RecommendedTimeout {
    /// The timeout.
    pub timeout_s: Seconds,
    /// Why this one.
    pub reason: String,
    /// What it costs.
    pub price: String,
    /// Whether the flows seen are enough to show the goal; false: they only do not contradict it.
    pub firm: bool,
}

/// The keepalive to set.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RecommendedKeepalive {
    /// Silence before the first probe.
    pub time_s: Seconds,
    /// Between unanswered probes.
    pub interval_s: Seconds,
    /// Unanswered probes after which the socket is closed.
    pub probes: u32,
    /// Why this one.
    pub reason: String,
    /// What it costs.
    pub price: String,
}

/// One hop of the recommended chain.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ChainLink {
    /// Name of the hop.
    pub hop: String,
    /// What it is set to; null: it never runs out.
    pub from_s: Option<Seconds>,
    /// What it should be set to; null: never.
    pub to_s: Option<Seconds>,
    /// Why.
    pub reason: String,
}

/// Share of silences that outlast an age (Kaplan–Meier): silences that the capture's end cut short count as
/// long as they were seen.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SurvivalPlot {
    /// What the silences lie between.
    pub basis: String,
    /// Silences followed.
    pub followed: u64,
    /// Up to this age the curve rests on enough silences; null: nowhere.
    pub firm_until_s: Option<Seconds>,
    /// How far the curve goes and why not further.
    pub limits: String,
    /// The curve, by age; between two points it stays as at the first.
    pub points: Vec<CurvePoint>,
}

/// One step of a curve.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct CurvePoint {
    /// Age of a silence.
    pub age_s: Seconds,
    /// Share of silences that last longer, 1 to 0.
    pub survival: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Silences followed to this age.
    pub at_risk: u64,
}

/// Distributions of one capture or group.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Distributions {
    /// Ended gaps by basis.
    pub gaps: GapHistograms,
    /// Ended gaps between any packets, by what ended them; kinds that ended none are left out.
    pub gaps_by_end: BTreeMap<String, GapHistogram>,
    /// Silences between any packets that the capture's end cut short, as long as they were until then.
    pub open_gaps: GapHistogram,
    /// From the last segment that an end received to its first keepalive probe; the shortest of each end.
    pub first_probe_delays: GapHistogram,
    /// From handshake to close, of flows of which the capture shows both.
    pub lifetimes: GapHistogram,
}

/// Distributions of one group of services.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct TuningGroup {
    /// `ip:port`, port, network in CIDR form, or name of the VLAN or tunnel.
    pub name: String,
    /// Flows.
    pub flows: u64,
    /// Gaps of at least a second; first-probe delays and lifetimes of all.
    pub distributions: Distributions,
}

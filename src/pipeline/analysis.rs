//! The result of a run, before it is put into the words of a report.

use super::crew::FinishedShare;
use super::desk::Desk;
use super::reader::Reading;
use crate::capture::{CaptureSummary, LiveStats};
use crate::findings::{FarFact, Gathered, Judgement, Terms, about_path, beside};
use crate::flow::{Joined, TrackerCounts};
use crate::frame::FrameNumber;
use crate::memory::LongList;
use crate::stats::{GapStats, GapSummary};
use crate::time::Timestamp;
use std::sync::Arc;

/// Where the frames came from.
#[derive(Debug)]
pub enum Origin {
    /// Files and pipes.
    Files(CaptureSummary),
    /// A running interface.
    Interface {
        /// Its name.
        name: String,
        /// Frames taken and lost.
        stats: LiveStats,
        /// Why capturing ended before it was told to.
        gone: Option<String>,
    },
}

/// Everything that a run found out.
pub type Analysis = Run<Judgement>;

/// What a run measured, before anything is judged: captures of other sides may add facts.
pub type Unjudged = Run<Gathered>;

/// What came of a run, with a judgement or what it is made of.
#[derive(Debug)]
pub struct Run<J> {
    /// Verdicts and findings, or what they are made of.
    pub judgement: J,
    /// Histograms.
    pub gaps: GapSummary,
    /// What the reader counted.
    pub reading: Reading,
    /// Where the frames came from.
    pub origin: Origin,
    /// Capture filter that was applied, tcpdump syntax.
    pub filter: Option<String>,
    /// Copies of segments, left out.
    pub duplicates: u64,
    /// Flows given up at the memory bound.
    pub evicted: u64,
    /// ICMP quotes of flows that the capture does not have.
    pub stray_icmp: u64,
    /// Until when the capture lasts: open gaps are measured to here.
    pub end_at: Timestamp,
    /// Directions that came in another realm than their flow, by their first frames.
    pub(super) joined: Vec<Joined>,
    ids: FlowIds,
}

/// Ids of flows: the rank of each first frame among all.
#[derive(Debug)]
struct FlowIds(Vec<FrameNumber>);

impl FlowIds {
    fn of(starts: Vec<LongList<FrameNumber>>) -> FlowIds {
        let mut all = Vec::with_capacity(starts.iter().map(LongList::len).sum());
        for starts in starts {
            all.extend(starts.iter());
        }
        // Each worker's are in order already: a merge, which the stable sort finds.
        all.sort();
        FlowIds(all)
    }
}

impl<J> Run<J> {
    /// Id of the flow that begins with `first_frame`: from 0 in order of first appearance.
    pub fn id_of(&self, first_frame: FrameNumber) -> u64 {
        self.ids.0.partition_point(|start| *start < first_frame) as u64
    }

    /// The first frame of the flow with this id.
    pub fn first_frame_of(&self, id: u64) -> Option<FrameNumber> {
        self.ids.0.get(usize::try_from(id).ok()?).copied()
    }

    /// Whether a flow begins with this frame.
    pub fn begins_flow(&self, frame: FrameNumber) -> bool {
        self.ids.0.binary_search(&frame).is_ok()
    }
}

impl Unjudged {
    /// Judges, once: with what captures of other sides show of its flows.
    pub fn judge(self, far: &[FarFact]) -> Analysis {
        let Run {
            judgement,
            gaps,
            reading,
            origin,
            filter,
            duplicates,
            evicted,
            stray_icmp,
            end_at,
            joined,
            ids,
        } = self;
        let about_path: Vec<_> = judgement.terms().routes.paths().flat_map(about_path).collect();
        let judgement = judgement.judge(about_path, far);
        Run { judgement, gaps, reading, origin, filter, duplicates, evicted, stray_icmp, end_at, joined, ids }
    }

    pub(super) fn of(
        terms: Arc<Terms>,
        reading: Reading,
        finished: Vec<FinishedShare<Desk>>,
        origin: Origin,
        filter: Option<String>,
        end_at: Timestamp,
    ) -> Unjudged {
        let mut counts = TrackerCounts::default();
        let mut starts = Vec::with_capacity(finished.len());
        let mut joined = Vec::new();
        let mut gaps = Vec::with_capacity(finished.len());
        let mut cases = Vec::with_capacity(finished.len());
        for share in finished {
            counts.duplicates += share.counts.duplicates;
            counts.evicted += share.counts.evicted;
            counts.stray_icmp += share.counts.stray_icmp;
            starts.push(share.counts.starts);
            joined.extend(share.counts.joined.iter());
            gaps.push((share.watcher.gaps, share.services));
            cases.push(share.watcher.cases);
        }
        joined.sort_unstable();
        let (judgement, (gaps, ids)) =
            beside(|| Gathered::of(terms, cases), || (GapStats::merge(gaps), FlowIds::of(starts)));
        Run {
            judgement,
            gaps,
            reading,
            origin,
            filter,
            duplicates: counts.duplicates,
            evicted: counts.evicted,
            stray_icmp: counts.stray_icmp,
            end_at,
            joined,
            ids,
        }
    }
}

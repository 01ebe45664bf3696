//! What sits at each worker's end: gap histograms and case file.

use crate::findings::{Annex, CaseFile};
use crate::flow::{Basis, EndedBy, FlowView, Sequel, ServiceId, Silence, Watcher};
use crate::stats::GapStats;
use crate::time::Span;
use crossbeam_channel::Sender;

use crate::findings::Announcement;

/// Gaps from here on are counted per service.
pub(super) const SERVICE_GAP: Span = Span::from_secs(1);

/// Listens to one tracker.
pub(super) struct Desk {
    pub gaps: GapStats,
    pub cases: CaseFile,
    /// Live: where expiries go as they are found.
    pub announce: Option<Sender<Announcement>>,
}

impl Watcher for Desk {
    type Annex = Annex;

    #[inline(always)]
    fn gap(&mut self, service: ServiceId, basis: Basis, length: Span, _: EndedBy) {
        self.gaps.gap(basis, length);
        if length >= SERVICE_GAP {
            self.gaps.service_gap(service, basis, length);
        }
    }

    fn silence(&mut self, flow: &FlowView<'_>, annex: &mut Annex, silence: &Silence) {
        self.cases.silence(flow, annex, silence);
    }

    fn sequel(&mut self, flow: &FlowView<'_>, annex: &mut Annex, sequel: &Sequel) {
        self.cases.sequel(flow, annex, sequel);
    }

    fn still_silent(&mut self, flow: &FlowView<'_>, annex: &mut Annex, silence: &Silence) {
        self.cases.still_silent(flow, annex, silence);
        if let Some(announce) = &self.announce {
            for announcement in self.cases.take_announcements() {
                // Nobody listens any more once the run has ended.
                let _ = announce.send(announcement);
            }
        }
    }

    fn retire(&mut self, flow: &FlowView<'_>, annex: Option<&mut Annex>, open: &[Silence]) {
        self.cases.retire(flow, annex, open);
    }

    fn close(&mut self) {
        self.cases.close();
    }
}

//! What sits at each worker's end when timeouts are to be chosen: the desk of an analysis, and a study.

use super::desk::{Desk, SERVICE_GAP};
use crate::findings;
use crate::flow::{Basis, EndedBy, FlowView, Sequel, ServiceId, Silence, Watcher};
use crate::stats::EndedGaps;
use crate::time::Span;
use crate::tuning::{FlowStudy, Study};

/// Listens to one tracker.
pub(super) struct TunedDesk {
    pub desk: Desk,
    pub study: Study,
    /// In place of the desk's gaps of the whole capture.
    pub ended: EndedGaps,
}

/// What both keep of a flow.
#[derive(Default)]
pub(super) struct Annexes {
    case: findings::Annex,
    study: FlowStudy,
}

impl Watcher for TunedDesk {
    type Annex = Annexes;

    #[inline]
    fn gap(&mut self, service: ServiceId, basis: Basis, length: Span, ended_by: EndedBy) {
        self.ended.gap(basis, length, ended_by);
        if length >= SERVICE_GAP {
            self.desk.gaps.service_gap_by_end(service, basis, length, ended_by);
        }
    }

    fn silence(&mut self, flow: &FlowView<'_>, annex: &mut Annexes, silence: &Silence) {
        self.desk.silence(flow, &mut annex.case, silence);
        self.study.silence(&mut annex.study, silence);
    }

    fn sequel(&mut self, flow: &FlowView<'_>, annex: &mut Annexes, sequel: &Sequel) {
        self.desk.sequel(flow, &mut annex.case, sequel);
    }

    fn still_silent(&mut self, flow: &FlowView<'_>, annex: &mut Annexes, silence: &Silence) {
        self.desk.still_silent(flow, &mut annex.case, silence);
    }

    fn retire(&mut self, flow: &FlowView<'_>, annex: Option<&mut Annexes>, open: &[Silence]) {
        match annex {
            Some(Annexes { case, study }) => {
                self.desk.retire(flow, Some(case), open);
                self.study.retire(flow, Some(study), open);
            }
            None => {
                self.desk.retire(flow, None, open);
                self.study.retire(flow, None, open);
            }
        }
    }

    fn close(&mut self) {
        self.desk.close();
        self.study.close();
    }
}

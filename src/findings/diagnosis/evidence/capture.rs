//! What a capture may lack.

use super::super::cause::Cause;
use super::{Bearing, Row, Seen};

pub(super) const ROWS: &[Row] = &[Row {
    cause: Cause::CaptureArtefact,
    bearing: Bearing::Limits,
    seen: |case| (!case.incident.is_clean).then(|| Seen::at_frames([case.incident.failed_frame()])),
    says: |_| "packets are missing from the capture, or its clock stepped, within the silence".to_owned(),
    source: "counted drops, sequence numbers that jump, times that step back",
}];

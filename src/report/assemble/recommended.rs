//! What to set.

use crate::recommend::{Recommendation, Recommendations};
use crate::report::{Recommended, Seconds};

pub(super) fn list(recommendations: &Recommendations) -> Vec<Recommended> {
    recommendations.list.iter().enumerate().map(|(index, it)| line(index as u64 + 1, it)).collect()
}

pub(super) fn line(id: u64, it: &Recommendation) -> Recommended {
    Recommended {
        id,
        service: it.service.map(|service| service.endpoint.to_string()),
        knob: it.knob.into(),
        side: it.side.map(Into::into),
        hop: it.hop.clone(),
        at_most_s: it.at_most.map(Seconds::from),
        at_least_s: it.at_least.map(Seconds::from),
        keepalive: it.keepalive.map(Into::into),
        because: it.because.iter().map(|finding| *finding as u64).collect(),
        sentence: it.sentence(),
    }
}

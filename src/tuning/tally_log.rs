//! A tally as a line of an interval log: JSON, deflated, in base64.

use super::flow_study::REFRESHES;
use super::plan::{MOST_CANDIDATES, Plan};
use super::tally::Tally;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Format of the line. Readers of one version refuse another.
const VERSION: u32 = 1;

/// A tally in JSON at the most: four ways to count, 100 timeouts and 512 bins of forty digits are some 8 MB.
const LONGEST: u64 = 32 << 20;

/// Captures that one log may be made of: hours of ten years.
const MOST_PARTS: usize = 100_000;

/// A line that holds no tally.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TallyError {
    /// It cannot be decoded, or its numbers cannot be those of captures.
    #[error("its tables are damaged")]
    Damaged,
    /// It is of another version.
    #[error("its tables have version {0}, this program reads version {VERSION}; write the log again")]
    OtherVersion(u32),
}

#[derive(Serialize)]
struct Written<'t> {
    version: u32,
    tally: &'t Tally,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Read1 {
    tally: Tally,
}

impl Tally {
    /// As one word.
    ///
    /// # Errors
    /// None that memory does not give.
    pub(super) fn to_line(&self) -> io::Result<String> {
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        serde_json::to_writer(&mut deflated, &Written { version: VERSION, tally: &self.for_log() })?;
        deflated.flush()?;
        Ok(BASE64.encode(deflated.finish()?))
    }

    /// From the word.
    ///
    /// # Errors
    /// [`TallyError`] when it is none.
    pub(super) fn from_line(line: &str) -> Result<Tally, TallyError> {
        let deflated = BASE64.decode(line).map_err(|_| TallyError::Damaged)?;
        let mut json = Vec::new();
        let inflated = DeflateDecoder::new(deflated.as_slice()).take(LONGEST).read_to_end(&mut json);
        inflated.map_err(|_| TallyError::Damaged)?;
        let Version { version } = serde_json::from_slice(&json).map_err(|_| TallyError::Damaged)?;
        if version != VERSION {
            return Err(TallyError::OtherVersion(version));
        }
        let Read1 { tally } = serde_json::from_slice(&json).map_err(|_| TallyError::Damaged)?;
        if tally.is_sound() { Ok(tally) } else { Err(TallyError::Damaged) }
    }

    /// Whether all tables have the size that the plan asks for, and all times are times.
    fn is_sound(&self) -> bool {
        let limits = self.plan.limits().len();
        let keepalives = self.plan.keepalives.len();
        let states = [&self.half_open, &self.half_closed];
        let levels = self.taken.iter().flatten().chain(&self.stale).chain([&self.base]);
        self.parts.len() <= MOST_PARTS
            && self.parts.iter().all(|part| part.from <= part.to)
            // The path adds its hops to the timeouts that were asked for.
            && (1..=2 * MOST_CANDIDATES).contains(&limits)
            && keepalives <= 2 * MOST_CANDIDATES
            && self.plan.keepalives.iter().all(|keepalive| keepalive.time.as_nanos() > 0)
            && self.counts.len() == REFRESHES.len()
            && self.counts.iter().all(|counts| counts.len() == limits)
            && self.taken.len() == REFRESHES.len() - 1
            && self.taken.iter().all(|taken| taken.len() == limits)
            && states.iter().all(|state| state.by_exceeded.len() == limits + 1)
            && [self.probes.len(), self.stale.len()] == [keepalives; 2]
            && (self.slots.is_empty() || self.slots.len() == keepalives)
            && levels.into_iter().all(super::occupancy::Occupancy::is_sound)
    }
}

/// What was asked, as the line has it.
pub(super) mod plan {
    use super::Plan;
    use crate::policy::Keepalive;
    use crate::time::Span;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    #[derive(Serialize, Deserialize)]
    struct Asked {
        timeouts: Vec<Span>,
        keepalives: Vec<Keepalive>,
        half_open: Option<Span>,
        half_closed: Option<Span>,
    }

    pub(in crate::tuning) fn serialize<S: Serializer>(
        plan: &Arc<Plan>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let asked = Asked {
            timeouts: plan.asked().to_vec(),
            keepalives: plan.keepalives.clone(),
            half_open: plan.half_open,
            half_closed: plan.half_closed,
        };
        asked.serialize(serializer)
    }

    pub(in crate::tuning) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Plan>, D::Error> {
        let Asked { timeouts, keepalives, half_open, half_closed } = Asked::deserialize(deserializer)?;
        let mut plan = Plan::of_log(timeouts, keepalives);
        (plan.half_open, plan.half_closed) = (half_open, half_closed);
        Ok(Arc::new(plan))
    }
}

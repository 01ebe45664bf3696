//! Histograms as an interval log of HdrHistogram (compressed V2), which its readers and plotters take, and
//! which merges without loss. Values are milliseconds; one line for each histogram, told apart by its tag:
//!
//! | tag | holds |
//! | --- | --- |
//! | `gaps.BASIS.KIND` | ended gaps of a basis by what ended them |
//! | `open.BASIS` | silences that the capture's end cut short |
//! | `lifetimes` | from handshake to close |
//! | `first-probe-delays` | to the first keepalive probe of each end |
//! | `group/NAME/…` | the same of one group of services: `gaps.BASIS` from a second on, `lifetimes`, `first-probe-delays` |
//!
//! What the format cannot hold stands in comments that other readers pass over: flows, tables of timeouts and keepalive,
//! and what the services of the capture need.

use super::measured::Measured;
use super::plan::GroupBy;
use super::tally::{OtherPlan, Tally};
use super::tally_log::TallyError;
use crate::flow::{Basis, EndedBy};
use crate::stats::{GapHistogram, PackedHistogram};
use crate::time::{Span, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag,
};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Read};
use std::time::Duration;

/// Histograms of one capture, or of several laid together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct IntervalLog {
    /// First frame; of several captures, of the earliest.
    pub from: Option<Timestamp>,
    /// Length of the longest capture.
    pub span: Span,
    /// Flows.
    pub flows: u64,
    /// Word of what groups are made of; empty in a log of something else.
    pub grouped_by: String,
    /// By tag; empty ones are left out.
    pub histograms: BTreeMap<String, PackedHistogram>,
    /// Flows by group.
    pub groups: BTreeMap<String, u64>,
    /// What timeouts and keepalive would do; `None`: a log of an earlier version is among them.
    pub tally: Option<Tally>,
    /// What the services need.
    pub recommended: Vec<serde_json::Value>,
}

/// A log that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IntervalLogError {
    /// A line is none of an interval log.
    #[error("line {line} is none of an interval log; give files that 'idlescope tune -o hlog=FILE' wrote")]
    NoLog {
        /// Counted from 1.
        line: usize,
    },
    /// A line cannot be decoded.
    #[error("line {line} is damaged")]
    Damaged {
        /// Counted from 1.
        line: usize,
    },
    /// A line's histogram is not one of gaps.
    #[error("line {line}: its histogram is not one of milliseconds up to 30 days with three digits")]
    OtherValues {
        /// Counted from 1.
        line: usize,
    },
    /// A line's tables cannot be read.
    #[error("line {line}: {fault}")]
    Tally {
        /// Counted from 1.
        line: usize,
        /// Why.
        fault: TallyError,
    },
    /// Logs written one behind the other whose groups are made of something else.
    #[error("line {line}: here begins a log with other groups; write both with the same --group-by")]
    OtherGroups {
        /// Counted from 1.
        line: usize,
    },
    /// Logs written one behind the other that were asked something else.
    #[error("line {line}: here begins another log, and {fault}")]
    OtherPlan {
        /// Counted from 1.
        line: usize,
        /// What differs.
        fault: OtherPlan,
    },
    /// Its end is missing.
    #[error("it is cut off: it has {found} of its {announced} histograms; copy or write it again")]
    Cut {
        /// Histograms found.
        found: u64,
        /// Histograms that it says it has.
        announced: u64,
    },
    /// It was not written by this program.
    #[error("it holds no histograms of idlescope; give files that 'idlescope tune -o hlog=FILE' wrote")]
    Foreign,
}

/// Logs that cannot be laid together.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Apart {
    /// Their groups are made of something else.
    #[error("its groups are made by {theirs}, those before by {mine}; write both with the same --group-by")]
    Groups {
        /// Of the logs before.
        mine: String,
        /// Of this one.
        theirs: String,
    },
    /// One capture twice.
    #[error(
        "it is of the same capture as a log before it, and its flows would count twice; name each log once"
    )]
    Same,
    /// They were asked something else.
    #[error(transparent)]
    Plan(#[from] OtherPlan),
}

const CAPTURE: &str = "[Idlescope-Capture: ";
const OUTSIDE: &str = "[Idlescope-Outside: ";
const HISTOGRAMS: &str = "[Idlescope-Histograms: ";
const GROUP: &str = "[Idlescope-Group: ";
const TABLES: &str = "[Idlescope-Tables: ";
const RECOMMENDED: &str = "[Idlescope-Recommended: ";

impl IntervalLog {
    /// The histograms of a capture.
    pub fn of(measured: &Measured, from: Timestamp, span: Span, flows: u64, group_by: GroupBy) -> Self {
        let mut log = IntervalLog {
            from: (from != Timestamp::MIN).then_some(from),
            span,
            flows,
            grouped_by: group_by.name().to_owned(),
            ..IntervalLog::default()
        };
        for basis in Basis::REPORTED {
            for kind in EndedBy::ALL {
                if let Some(histogram) = measured.ended_by(basis, kind) {
                    log.put(&gaps_tag(basis, kind), histogram.clone());
                }
            }
            if let Some(histogram) = measured.open.get(basis.index()) {
                log.put(&open_tag(basis), histogram.clone());
            }
        }
        log.put("lifetimes", measured.lifetimes.clone());
        log.put("first-probe-delays", measured.probe_delays.clone());
        log
    }

    /// Adds a histogram.
    pub fn put(&mut self, tag: &str, histogram: PackedHistogram) {
        if histogram.is_empty() {
            return;
        }
        match self.histograms.entry(tag.to_owned()) {
            Entry::Vacant(place) => {
                place.insert(histogram);
            }
            Entry::Occupied(mut known) => known.get_mut().add(&histogram),
        }
    }

    /// The histogram of a tag; empty when there is none.
    pub fn get(&self, tag: &str) -> PackedHistogram {
        self.histograms.get(tag).cloned().unwrap_or_default()
    }

    /// What of it was measured over the whole.
    pub fn measured(&self) -> Measured {
        let mut measured = Measured::default();
        for basis in Basis::REPORTED {
            for kind in EndedBy::ALL {
                if let Some(histogram) = self.histograms.get(&gaps_tag(basis, kind)) {
                    measured.ended.insert((basis, kind as u8), histogram.clone());
                }
            }
            if let Some(open) = measured.open.get_mut(basis.index()) {
                *open = self.get(&open_tag(basis));
            }
        }
        measured.lifetimes = self.get("lifetimes");
        measured.probe_delays = self.get("first-probe-delays");
        measured
    }

    /// Adds the histograms of another capture.
    ///
    /// # Errors
    /// [`Apart`] when its groups are made of something else, or it was asked something else.
    pub fn add(&mut self, other: &IntervalLog) -> Result<(), Apart> {
        if self.grouped_by.is_empty() {
            self.grouped_by.clone_from(&other.grouped_by);
            self.tally.clone_from(&other.tally);
        } else if let (Some(mine), Some(theirs)) = (&mut self.tally, &other.tally) {
            mine.is_asked_alike(theirs)?;
            if theirs.parts.iter().any(|part| mine.parts.contains(part)) {
                return Err(Apart::Same);
            }
            mine.add(theirs)?;
        } else {
            self.tally = None;
        }
        if self.grouped_by != other.grouped_by {
            let (mine, theirs) = (self.grouped_by.clone(), other.grouped_by.clone());
            return Err(Apart::Groups { mine, theirs });
        }
        self.recommended.extend(other.recommended.iter().cloned());
        self.from = self.from.into_iter().chain(other.from).min();
        self.span = self.span.max(other.span);
        self.flows = self.flows.saturating_add(other.flows);
        for (tag, histogram) in &other.histograms {
            self.put(tag, histogram.clone());
        }
        for (name, flows) in &other.groups {
            let known = self.groups.entry(name.clone()).or_default();
            *known = known.saturating_add(*flows);
        }
        Ok(())
    }

    /// Writes the log.
    ///
    /// # Errors
    /// Those of `out`, unchanged.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let mut out = out;
        let mut serializer = V2DeflateSerializer::new();
        let start = self.from.map_or(0, Timestamp::as_nanos).max(0).unsigned_abs();
        let mut builder = IntervalLogWriterBuilder::new();
        builder
            .add_comment(&format!("[Written by {} {}]", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")))
            .add_comment("[Histogram log format version 1.3]")
            .add_comment(&format!(
                "[StartTime: {}.{:03} (seconds since epoch)]",
                start / 1_000_000_000,
                start / 1_000_000 % 1000
            ))
            .add_comment(&format!(
                "{CAPTURE}from_ns={} span_ns={} flows={} grouped-by={}]",
                self.from.map_or_else(|| "-".to_owned(), |from| from.as_nanos().to_string()),
                self.span.as_nanos(),
                self.flows,
                self.grouped_by
            ))
            .add_comment(&format!("{HISTOGRAMS}{}]", self.histograms.len()));
        if let Some(tally) = &self.tally {
            builder.add_comment(&format!("{TABLES}{}]", tally.to_line()?));
        }
        for json in &self.recommended {
            builder.add_comment(&format!("{RECOMMENDED}{json}]"));
        }
        for (name, flows) in &self.groups {
            builder.add_comment(&format!("{GROUP}flows={flows} {name}]"));
        }
        for (tag, histogram) in &self.histograms {
            let (below, overflow) = histogram.outside();
            if below > 0 || overflow > 0 {
                builder.add_comment(&format!("{OUTSIDE}below={below} overflow={overflow} {tag}]"));
            }
        }
        let mut writer = builder.begin_log_with(&mut out, &mut serializer)?;
        for (tag, histogram) in &self.histograms {
            writer
                .write_histogram(
                    histogram.dense().placed(),
                    Duration::from_nanos(start),
                    Duration::from_nanos(self.span.as_nanos()),
                    Tag::new(tag),
                )
                .map_err(|error| io::Error::other(error.to_string()))?;
        }
        Ok(())
    }

    /// Reads a log.
    ///
    /// # Errors
    /// [`IntervalLogError`] when it is none, or damaged, or not of this program.
    pub fn read(text: &[u8]) -> Result<IntervalLog, IntervalLogError> {
        let mut log = IntervalLog::default();
        let mut outside: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let mut decoder = Deserializer::new();
        let mut known = false;
        let (mut announced, mut found) = (0, 0);
        for (at, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let number = at + 1;
            if let Some(comment) = line.strip_prefix(b"#") {
                let comment = String::from_utf8_lossy(comment);
                let comment = comment.trim_end().strip_suffix(']').unwrap_or(&comment);
                if let Some(words) = comment.strip_prefix(CAPTURE) {
                    known = true;
                    let grouped_by = std::mem::take(&mut log.grouped_by);
                    log.note_capture(words);
                    if !grouped_by.is_empty() && grouped_by != log.grouped_by {
                        return Err(IntervalLogError::OtherGroups { line: number });
                    }
                } else if let Some(histograms) = comment.strip_prefix(HISTOGRAMS) {
                    announced += histograms.parse::<u32>().map_or(0, u64::from);
                } else if let Some(tables) = comment.strip_prefix(TABLES) {
                    let tally = Tally::from_line(tables);
                    let tally = tally.map_err(|fault| IntervalLogError::Tally { line: number, fault })?;
                    match &mut log.tally {
                        None => log.tally = Some(tally),
                        // Logs that were written one behind the other.
                        Some(known) => known
                            .add(&tally)
                            .map_err(|fault| IntervalLogError::OtherPlan { line: number, fault })?,
                    }
                } else if let Some(json) = comment.strip_prefix(RECOMMENDED) {
                    let recommended = serde_json::from_str(json);
                    log.recommended
                        .push(recommended.map_err(|_| IntervalLogError::Damaged { line: number })?);
                } else if let Some((flows, name)) = comment.strip_prefix(GROUP).and_then(one_number) {
                    let known = log.groups.entry(name.to_owned()).or_default();
                    *known = known.saturating_add(flows);
                } else if let Some((below, rest)) = comment.strip_prefix(OUTSIDE).and_then(one_number)
                    && let Some((overflow, tag)) = one_number(rest)
                {
                    outside.insert(tag.to_owned(), (below, overflow));
                }
                continue;
            }
            for entry in IntervalLogIterator::new(line) {
                let Ok(LogEntry::Interval(entry)) = entry else {
                    return Err(IntervalLogError::NoLog { line: number });
                };
                let Some(tag) = entry.tag() else { continue };
                let tag = tag.as_str();
                found += 1;
                let bytes = BASE64.decode(entry.encoded_histogram()).ok().and_then(|bytes| inflated(&bytes));
                let histogram =
                    bytes.and_then(|bytes| decoder.deserialize::<u64, _>(&mut bytes.as_slice()).ok());
                let histogram = histogram.ok_or(IntervalLogError::Damaged { line: number })?;
                let (below, overflow) = outside.remove(tag).unwrap_or_default();
                let histogram = GapHistogram::from_parts(&histogram, below, overflow)
                    .ok_or(IntervalLogError::OtherValues { line: number })?;
                log.put(tag, PackedHistogram::of(&histogram));
            }
        }
        if !known {
            return Err(IntervalLogError::Foreign);
        }
        if found < announced {
            return Err(IntervalLogError::Cut { found, announced });
        }
        Ok(log)
    }

    fn note_capture(&mut self, words: &str) {
        for (key, value) in words.split(' ').filter_map(|word| word.split_once('=')) {
            match key {
                "from_ns" => self.from = value.parse().ok().map(Timestamp::from_nanos),
                "span_ns" => self.span = Span::from_nanos(value.parse().unwrap_or(0)),
                "flows" => self.flows = value.parse().unwrap_or(0),
                "grouped-by" => value.clone_into(&mut self.grouped_by),
                _ => {}
            }
        }
    }
}

/// The histogram of a line as it is before it was deflated. It tells how long it is, and a reader that believed a damaged or
/// hostile one would take gigabytes. `None`: it cannot be one of gaps.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    /// Some 25 thousand places of nine bytes at the most, and a header.
    const LONGEST: u64 = 1 << 20;
    /// Cookie and length of the compressed form, and where the length of what is inside stands.
    const HEADER: usize = 8;
    let mut histogram = Vec::new();
    ZlibDecoder::new(bytes.get(HEADER..)?).take(LONGEST).read_to_end(&mut histogram).ok()?;
    let length: [u8; 4] = histogram.get(4..HEADER)?.try_into().ok()?;
    let is_there = u32::from_be_bytes(length) as usize <= histogram.len();
    // The least number there is has no opposite, and no run of empty places is as long.
    let has_no_end = histogram.windows(9).any(|window| window == [0xff; 9]);
    (is_there && !has_no_end).then_some(histogram)
}

/// `below=3 rest` gives 3 and the rest.
fn one_number(text: &str) -> Option<(u64, &str)> {
    let (word, rest) = text.split_once(' ')?;
    Some((word.split_once('=')?.1.parse().ok()?, rest))
}

fn gaps_tag(basis: Basis, kind: EndedBy) -> String {
    format!("gaps.{}.{}", basis.name(), kind.name())
}

fn open_tag(basis: Basis) -> String {
    format!("open.{}", basis.name())
}

/// A group's name as part of a tag, which holds neither blanks nor commas.
pub fn tag_name(group: &str) -> String {
    group.replace([' ', ',', '\r', '\n'], "_")
}

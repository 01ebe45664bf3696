//! Frames from a running interface, through libpcap.
//!
//! This is one of the few places that may read a clock; even here frames carry the kernel's timestamps,
//! and the clock only bounds how long a call may wait.

use super::filter::libpcap_words;
use super::link_number::link_of;
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::time::Timestamp;
use pcap::{Active, Capture, Device, Precision};
use std::time::{Duration, Instant};

/// The longest that [`LiveSource::poll`] waits for a frame.
const PATIENCE: Duration = Duration::from_millis(100);

/// Pause between two looks into an empty ring. libpcap's own wait has no end on a quiet interface
/// (TPACKET_V3 hands over no empty block); looking costs a hundred system calls a second, only while
/// nothing comes.
const BREATHER: Duration = Duration::from_millis(10);

/// How often a quiet interface is looked up: taken down, it stays open and merely gives no more frames,
/// and that silence must not pass for idle flows.
const LOOKED_UP_EVERY: Duration = Duration::from_secs(1);

/// How long the kernel gathers frames before it hands them over, in milliseconds.
const GATHERING_MS: i32 = 50;

/// Does the interface take frames that are meant for others?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Promiscuous {
    /// All frames on the wire: needed on a mirror port.
    Yes,
    /// Only its own.
    No,
}

/// How to capture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveOptions {
    /// Capture filter in tcpdump syntax, applied in the kernel.
    pub filter: Option<String>,
    /// Bytes kept of each frame. The default, 512, holds the longest stack of headers that is decoded:
    /// QinQ, four MPLS labels, IPv6, UDP and Geneve with all its 252 bytes of options, an inner
    /// Ethernet header with VLAN, IPv6 and TCP with 40 bytes of options are 448. Payload is not needed:
    /// its length comes from the headers.
    pub snap_len: u32,
    /// Bytes of the kernel's ring. The default, 32 MiB, holds 50 ms of a million frames a second.
    pub buffer_bytes: u32,
    /// Default: [`Promiscuous::Yes`], as tcpdump. `any` cannot, and is not asked to.
    pub promiscuous: Promiscuous,
}

impl Default for LiveOptions {
    fn default() -> LiveOptions {
        LiveOptions {
            filter: None,
            snap_len: 512,
            buffer_bytes: 32 * 1024 * 1024,
            promiscuous: Promiscuous::Yes,
        }
    }
}

/// Why an interface could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// There is no such interface.
    #[error("no interface '{name}'; there are: {}", existing.join(", "))]
    NoSuchInterface {
        /// As given.
        name: String,
        /// Those that libpcap can open.
        existing: Vec<String>,
    },
    /// The user may not capture.
    #[error(
        "no permission to capture on '{name}': run as root, or allow the program with \
         'setcap cap_net_raw,cap_net_admin+ep PROGRAM' ({problem})"
    )]
    NoPermission {
        /// The interface.
        name: String,
        /// libpcap's words.
        problem: String,
    },
    /// The interface exists, but is down.
    #[error("interface '{name}' is down; bring it up: ip link set {name} up")]
    Down {
        /// The interface.
        name: String,
    },
    /// libpcap does not accept the filter for this interface.
    #[error("the filter '{filter}' is not valid on '{name}': {problem} (syntax: man pcap-filter)")]
    BadFilter {
        /// The interface.
        name: String,
        /// The filter, as given.
        filter: String,
        /// libpcap's words.
        problem: String,
    },
    /// Anything else that libpcap says.
    #[error("cannot capture on '{name}': {problem}")]
    Refused {
        /// The interface.
        name: String,
        /// libpcap's words.
        problem: String,
    },
}

/// What one look at the interface brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Polled {
    /// This many frames, at least one.
    Frames(usize),
    /// Nothing within 100 ms.
    Quiet,
    /// The interface went down or away; no more will come.
    Gone {
        /// Why, in words.
        reason: String,
    },
}

/// Counters since the begin of the capture. The two kinds of loss are counted at different places and
/// never overlap.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct LiveStats {
    /// Frames that passed the filter in the kernel.
    pub received: u64,
    /// Dropped by the kernel: the ring was full because frames were not fetched in time.
    pub dropped_by_kernel: u64,
    /// Dropped by the interface or its driver.
    pub dropped_by_interface: u64,
}

/// A running capture.
pub struct LiveSource {
    capture: Capture<Active>,
    name: String,
    link: LinkType,
    snap_len: u32,
    next_number: u64,
    stats: LiveStats,
    // libpcap counts in 32 bits, which a busy month wraps.
    counted: [u32; 3],
    looked_up: Instant,
}

impl LiveSource {
    /// Opens the interface `name`; `any` for all of them (Linux).
    ///
    /// # Errors
    /// [`LiveError`].
    pub fn open(name: &str, options: &LiveOptions) -> Result<LiveSource, LiveError> {
        let existing: Vec<String> = Device::list()
            .map(|list| list.into_iter().map(|device| device.name).collect())
            .unwrap_or_default();
        // An empty list says that listing is not allowed here, not that there is none.
        if !existing.is_empty() && !existing.iter().any(|known| known == name) && name != "any" {
            return Err(LiveError::NoSuchInterface { name: name.to_owned(), existing });
        }
        let refused = |error| refusal(name, &error);
        let signed = |number| i32::try_from(number).unwrap_or(i32::MAX);
        let promiscuous = options.promiscuous == Promiscuous::Yes && name != "any";
        let inactive = Capture::from_device(name).map_err(refused)?;
        let mut capture = inactive
            .promisc(promiscuous)
            .snaplen(signed(options.snap_len))
            .buffer_size(signed(options.buffer_bytes))
            .timeout(GATHERING_MS)
            .precision(PRECISION)
            .open()
            .and_then(Capture::setnonblock)
            .map_err(refused)?;
        if let Some(filter) = &options.filter {
            capture.filter(filter, true).map_err(|error| LiveError::BadFilter {
                name: name.to_owned(),
                filter: filter.clone(),
                problem: libpcap_words(&error),
            })?;
        }
        Ok(LiveSource {
            link: link_of(capture.get_datalink()),
            capture,
            name: name.to_owned(),
            snap_len: options.snap_len,
            next_number: 1,
            stats: LiveStats::default(),
            counted: [0; 3],
            looked_up: Instant::now(),
        })
    }

    /// The interface.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Link type of its frames.
    pub fn link(&self) -> LinkType {
        self.link
    }

    /// Bytes kept of each frame.
    pub fn snap_len(&self) -> u32 {
        self.snap_len
    }

    /// Hands at most `max` frames to `sink`; returns at once when there are some, and within about
    /// 100 ms when there are none. That the interface was taken down shows within a second or so.
    pub fn poll(&mut self, max: usize, sink: &mut impl FnMut(Frame<'_>)) -> Polled {
        // A larger count than libpcap's would be refused.
        let max = max.clamp(1, i32::MAX as usize);
        let mut waiting_since = None;
        loop {
            let (link, next_number) = (self.link, &mut self.next_number);
            let fetched = self.capture.dispatch(Some(max), |packet| {
                let frame = Frame {
                    number: FrameNumber(*next_number),
                    at: instant(packet.header),
                    link,
                    interface: CapturedOn(0),
                    original_len: packet.header.len,
                    captured: packet.data,
                };
                *next_number += 1;
                sink(frame);
            });
            match fetched {
                Ok(0) => {}
                Ok(count) => return Polled::Frames(count),
                Err(error) => return Polled::Gone { reason: libpcap_words(&error) },
            }
            if waiting_since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
                return self.why_quiet();
            }
            std::thread::sleep(BREATHER);
        }
    }

    /// Nothing came: is the interface still up?
    fn why_quiet(&mut self) -> Polled {
        if self.name == "any" || self.looked_up.elapsed() < LOOKED_UP_EVERY {
            return Polled::Quiet;
        }
        self.looked_up = Instant::now();
        let Ok(devices) = Device::list() else {
            return Polled::Quiet;
        };
        match devices.iter().find(|device| device.name == self.name) {
            Some(device) if !device.flags.is_up() => {
                Polled::Gone { reason: "the interface was taken down".to_owned() }
            }
            // Not listed may mean that listing is restricted; libpcap tells when it went away.
            _ => Polled::Quiet,
        }
    }

    /// The counters by now; those of the last time when the interface is gone.
    pub fn stats(&mut self) -> LiveStats {
        if let Ok(stat) = self.capture.stats() {
            let now = [stat.received, stat.dropped, stat.if_dropped];
            let [received, kernel, interface] =
                std::array::from_fn(|i| u64::from(now[i].wrapping_sub(self.counted[i])));
            self.counted = now;
            self.stats.received = self.stats.received.saturating_add(received);
            self.stats.dropped_by_kernel = self.stats.dropped_by_kernel.saturating_add(kernel);
            self.stats.dropped_by_interface = self.stats.dropped_by_interface.saturating_add(interface);
        }
        self.stats
    }
}

/// Only Linux stamps live captures in nanoseconds; elsewhere libpcap would keep microseconds and the
/// crate would not tell.
const PRECISION: Precision = if cfg!(target_os = "linux") { Precision::Nano } else { Precision::Micro };

fn instant(header: &pcap::PacketHeader) -> Timestamp {
    let nanos_per_fraction: i64 = if cfg!(target_os = "linux") { 1 } else { 1_000 };
    // The width of these C integers differs between systems.
    #[allow(clippy::useless_conversion)]
    let (seconds, fraction) = (i64::from(header.ts.tv_sec), i64::from(header.ts.tv_usec));
    let nanos = seconds.saturating_mul(1_000_000_000);
    Timestamp::from_nanos(nanos.saturating_add(fraction.saturating_mul(nanos_per_fraction)))
}

fn refusal(name: &str, error: &pcap::Error) -> LiveError {
    let (name, problem) = (name.to_owned(), libpcap_words(error));
    // libpcap has codes for these; the crate passes on only the words.
    let says = |words: &str| problem.to_ascii_lowercase().contains(words);
    if says("permission") || says("not permitted") {
        LiveError::NoPermission { name, problem }
    } else if says("is not up") || says("network is down") {
        LiveError::Down { name }
    } else {
        LiveError::Refused { name, problem }
    }
}

//! Captures built byte by byte, for the tests of this room.

use crate::capture::file::CaptureFile;
use crate::capture::pass::{Pass, Pause};
use crate::capture::window::{Bytes, READ_SIZE};
use crate::capture::{FileSummary, Interfaces, OpenError};
use crate::frame::Frame;
use crate::time::Timestamp;
use std::io::{self, Cursor, Read, Write};
use std::process::Command;

/// Byte order of a built capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::capture) enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, value: u16) -> [u8; 2] {
        if self == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(in crate::capture) fn u32(self, value: u32) -> [u8; 4] {
        if self == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u64(self, value: u64) -> [u8; 8] {
        if self == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

/// The frame number `n` of a built capture: distinguishable, and of changing length.
pub(in crate::capture) fn frame_bytes(n: u8) -> Vec<u8> {
    (0..40 + n % 7).map(|i| i.wrapping_mul(31) ^ n).collect()
}

/// A pcap file under construction.
pub(in crate::capture) struct Pcap {
    pub(in crate::capture) bytes: Vec<u8>,
    order: Order,
    extra: usize,
}

impl Pcap {
    pub(in crate::capture) fn new(magic: u32, order: Order) -> Pcap {
        let mut bytes = order.u32(magic).to_vec();
        bytes.extend(order.u16(2));
        bytes.extend(order.u16(4));
        bytes.extend([0; 8]);
        bytes.extend(order.u32(262_144));
        bytes.extend(order.u32(1));
        let extra = if magic == 0xa1b2_cd34 { 8 } else { 0 };
        Pcap { bytes, order, extra }
    }

    pub(in crate::capture) fn micros() -> Pcap {
        Pcap::new(0xa1b2_c3d4, Order::Little)
    }

    pub(in crate::capture) fn link(mut self, link: u32) -> Pcap {
        self.bytes[20..24].copy_from_slice(&self.order.u32(link));
        self
    }

    pub(in crate::capture) fn version(mut self, major: u16, minor: u16) -> Pcap {
        self.bytes[4..6].copy_from_slice(&self.order.u16(major));
        self.bytes[6..8].copy_from_slice(&self.order.u16(minor));
        self
    }

    /// A record whose four words are these.
    pub(in crate::capture) fn raw_record(mut self, words: [u32; 4], captured: &[u8]) -> Pcap {
        for value in words {
            self.bytes.extend(self.order.u32(value));
        }
        self.bytes.extend(captured);
        self
    }

    pub(in crate::capture) fn record(mut self, seconds: u32, fraction: u32, captured: &[u8]) -> Pcap {
        let len = captured.len() as u32;
        for value in [seconds, fraction, len, len + 1_000] {
            self.bytes.extend(self.order.u32(value));
        }
        self.bytes.extend(vec![0xee; self.extra]);
        self.bytes.extend(captured);
        self
    }

    /// `count` frames, one a second from `first` on.
    pub(in crate::capture) fn frames(self, first: u32, count: u8) -> Pcap {
        (0..count).fold(self, |pcap, n| pcap.record(first + u32::from(n), 5, &frame_bytes(n)))
    }
}

/// A pcapng file under construction.
pub(in crate::capture) struct Pcapng {
    pub(in crate::capture) bytes: Vec<u8>,
    pub(in crate::capture) order: Order,
}

impl Pcapng {
    /// With one section header.
    pub(in crate::capture) fn new(order: Order) -> Pcapng {
        Pcapng { bytes: Vec::new(), order }.section(order)
    }

    /// A further section.
    pub(in crate::capture) fn section(mut self, order: Order) -> Pcapng {
        self.order = order;
        let mut body = order.u32(0x1a2b_3c4d).to_vec();
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        body.extend(order.u64(u64::MAX));
        body.extend(self.options(&[(1, b"section comment")]));
        self.block(0x0a0d_0d0a, &body)
    }

    pub(in crate::capture) fn interface(self, link: u16, snap_len: u32, options: &[(u16, &[u8])]) -> Pcapng {
        let mut body = self.order.u16(link).to_vec();
        body.extend([0; 2]);
        body.extend(self.order.u32(snap_len));
        body.extend(self.options(options));
        self.block(1, &body)
    }

    pub(in crate::capture) fn enhanced(
        self,
        interface: u32,
        ticks: u64,
        data: &[u8],
        options: &[(u16, &[u8])],
    ) -> Pcapng {
        let mut body = self.order.u32(interface).to_vec();
        body.extend(self.stamp(ticks));
        body.extend(self.order.u32(data.len() as u32));
        body.extend(self.order.u32(data.len() as u32 + 1_000));
        body.extend(padded(data));
        body.extend(self.options(options));
        self.block(6, &body)
    }

    pub(in crate::capture) fn obsolete(self, interface: u16, drops: u16, ticks: u64, data: &[u8]) -> Pcapng {
        let mut body = self.order.u16(interface).to_vec();
        body.extend(self.order.u16(drops));
        body.extend(self.stamp(ticks));
        body.extend(self.order.u32(data.len() as u32));
        body.extend(self.order.u32(data.len() as u32 + 1_000));
        body.extend(padded(data));
        self.block(2, &body)
    }

    pub(in crate::capture) fn simple(self, original_len: u32, data: &[u8]) -> Pcapng {
        let mut body = self.order.u32(original_len).to_vec();
        body.extend(padded(data));
        self.block(3, &body)
    }

    /// Statistics: when it ended, what the interface dropped, what the system dropped.
    pub(in crate::capture) fn statistics(
        self,
        interface: u32,
        end: u64,
        by_interface: u64,
        by_system: u64,
    ) -> Pcapng {
        let mut body = self.order.u32(interface).to_vec();
        body.extend(self.stamp(end));
        let (end, order) = (self.stamp(end), self.order);
        let (first, second) = (order.u64(by_interface), order.u64(by_system));
        body.extend(self.options(&[(1, b"statistics comment"), (3, &end), (5, &first), (7, &second)]));
        self.block(5, &body)
    }

    pub(in crate::capture) fn block(mut self, kind: u32, body: &[u8]) -> Pcapng {
        let body = padded(body);
        let length = self.order.u32(body.len() as u32 + 12);
        self.bytes.extend(self.order.u32(kind));
        self.bytes.extend(length);
        self.bytes.extend(body);
        self.bytes.extend(length);
        self
    }

    fn stamp(&self, ticks: u64) -> Vec<u8> {
        [self.order.u32((ticks >> 32) as u32), self.order.u32(ticks as u32)].concat()
    }

    pub(in crate::capture) fn double(&self, value: u64) -> [u8; 8] {
        self.order.u64(value)
    }

    fn options(&self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (code, value) in options {
            bytes.extend(self.order.u16(*code));
            bytes.extend(self.order.u16(value.len() as u16));
            bytes.extend(padded(value));
        }
        if !options.is_empty() {
            bytes.extend([0; 4]);
        }
        bytes
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), 0);
    padded
}

/// Every kind of block in both byte orders.
pub(in crate::capture) fn rich_pcapng() -> Vec<u8> {
    let mut file = Pcapng::new(Order::Little);
    for order in [Order::Little, Order::Big] {
        if order == Order::Big {
            file = file.section(order);
        }
        let drops = file.double(3);
        file = file
            .interface(1, 0, &[(2, b"eth0"), (9, &[9])])
            .interface(101, 96, &[(9, &[0x80 | 20]), (1, b"interface comment")])
            .block(4, b"names are skipped")
            .enhanced(0, 1_700_000_000_000_000_007, &frame_bytes(1), &[(1, b"note"), (4, &drops)])
            .enhanced(1, 1_700_000_001 << 20, &frame_bytes(2), &[])
            .simple(900, &frame_bytes(3))
            .obsolete(0, 4, 1_700_000_002_000_000_000, &frame_bytes(4))
            .block(0x0bad, &[7; 33])
            .statistics(0, 1_700_000_050_000_000_000, 5, 6);
    }
    file.bytes
}

pub(in crate::capture) fn packed_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(in crate::capture) fn packed_zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

pub(in crate::capture) fn packed_lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A frame, kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::capture) struct Kept {
    pub(in crate::capture) number: u64,
    pub(in crate::capture) nanos: i64,
    pub(in crate::capture) link: u32,
    pub(in crate::capture) original_len: u32,
    pub(in crate::capture) captured: Vec<u8>,
}

impl Kept {
    pub(in crate::capture) fn of(frame: &Frame<'_>) -> Kept {
        Kept {
            number: frame.number.0,
            nanos: frame.at.as_nanos(),
            link: frame.link.0,
            original_len: frame.original_len,
            captured: frame.captured.to_vec(),
        }
    }
}

/// Gives a few bytes at a time, as a slow pipe does.
pub(in crate::capture) struct Trickle<R>(pub(in crate::capture) R, pub(in crate::capture) usize);

impl<R: Read> Read for Trickle<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = room.len().min(self.1);
        self.0.read(&mut room[..most])
    }
}

/// Reads a capture to its end, as a file and as a slow pipe with a tiny buffer, and holds both equal.
pub(in crate::capture) fn read_all(bytes: &[u8]) -> Result<(Vec<Kept>, FileSummary), OpenError> {
    let whole = read_from(Box::new(Cursor::new(bytes.to_vec())), READ_SIZE, usize::MAX);
    let slow = read_from(Box::new(Trickle(Cursor::new(bytes.to_vec()), 5)), 16, 1);
    assert_eq!(whole, slow, "a slow pipe gives what the file gives");
    whole
}

fn read_from(bytes: Bytes, capacity: usize, at_once: usize) -> Result<(Vec<Kept>, FileSummary), OpenError> {
    let mut file = CaptureFile::open("sample", bytes, capacity, &Interfaces::default())?;
    let mut kept = Vec::new();
    loop {
        let mut pass = Pass {
            left: at_once,
            until: Timestamp::MAX,
            number: kept.len() as u64 + 1,
            sink: &mut |frame: Frame<'_>| kept.push(Kept::of(&frame)),
        };
        if file.read(&mut pass) == Pause::End {
            return Ok((kept, file.into_summary()));
        }
    }
}

/// What one of Wireshark's tools says; `None`, loudly, where it is not installed.
pub(in crate::capture) fn ask(tool: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(tool).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(error) => {
            eprintln!("SKIPPED: {tool} is not installed ({error}); nothing is held against it");
            None
        }
    }
}

//! Recording frames as pcapng (draft-ietf-opsawg-pcapng), nanosecond timestamps, little endian.

use super::interfaces::{CaptureInterface, InterfaceStats};
use super::pcapng::{ENHANCED_PACKET, INTERFACE_DESCRIPTION, INTERFACE_STATISTICS, SECTION_HEADER};
use crate::frame::{Frame, FrameNumber, LinkType};
use crate::time::Timestamp;
use std::io::{self, Write};

const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const COMMENT: u16 = 1;
const EPB_PACKETID: u16 = 5;
const ISB_STARTTIME: u16 = 2;
const ISB_ENDTIME: u16 = 3;
const ISB_IFRECV: u16 = 4;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;
const NANOSECONDS: u8 = 9;

/// One interface of a file being written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InterfaceId(u32);

/// What is written beside a frame.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Labels<'a> {
    /// Its comment, cut at 65 535 bytes.
    pub comment: Option<&'a str>,
    /// Its number elsewhere (`epb_packetid`; Wireshark's `frame.packet_id`).
    pub original: Option<FrameNumber>,
}

/// Writes one section of pcapng. Every block is one `write_all`: give it a `BufWriter` for speed.
pub struct PcapngWriter<W: Write> {
    out: W,
    links: Vec<LinkType>,
    block: Vec<u8>,
}

impl<W: Write> PcapngWriter<W> {
    /// Begins a section written by `application`, with `comment` on it.
    ///
    /// # Errors
    /// When `out` refuses the bytes.
    pub fn new(out: W, application: &str, comment: Option<&str>) -> io::Result<Self> {
        let mut writer = PcapngWriter { out, links: Vec::new(), block: Vec::new() };
        writer.begin(SECTION_HEADER);
        writer.put(&0x1a2b_3c4d_u32.to_le_bytes());
        writer.put(&1u16.to_le_bytes());
        writer.put(&0u16.to_le_bytes());
        writer.put(&(-1i64).to_le_bytes());
        if let Some(comment) = comment {
            writer.text_option(COMMENT, comment);
        }
        writer.text_option(SHB_USERAPPL, application);
        writer.end_options();
        writer.end()?;
        Ok(writer)
    }

    /// Describes an interface. `snap_len` 0 stands for whole frames; link types above 65 535 do not
    /// exist in pcapng and are refused.
    ///
    /// # Errors
    /// When `out` refuses the bytes, or the link type does not fit ([`io::ErrorKind::InvalidInput`]).
    pub fn add_interface(&mut self, link: LinkType, snap_len: u32, name: &str) -> io::Result<InterfaceId> {
        let name = name.to_owned();
        self.add_interface_as(link, &CaptureInterface { snap_len, name, ..CaptureInterface::default() })
    }

    /// Describes an interface whose frames begin with `link`, as another capture has it.
    ///
    /// # Errors
    /// As [`PcapngWriter::add_interface`].
    pub fn add_interface_as(&mut self, link: LinkType, known: &CaptureInterface) -> io::Result<InterfaceId> {
        let number = u16::try_from(link.0).map_err(|_| io::ErrorKind::InvalidInput)?;
        let id = u32::try_from(self.links.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.begin(INTERFACE_DESCRIPTION);
        self.put(&number.to_le_bytes());
        self.put(&0u16.to_le_bytes());
        self.put(&known.snap_len.to_le_bytes());
        for (code, text) in [(IF_NAME, &known.name), (IF_DESCRIPTION, &known.description)] {
            if !text.is_empty() {
                self.text_option(code, text);
            }
        }
        self.option(IF_TSRESOL, &[NANOSECONDS]);
        self.end_options();
        self.end()?;
        self.links.push(link);
        Ok(InterfaceId(id))
    }

    /// Writes a frame on the first interface of its link type, which is described now if there is none.
    /// Instants before 1970 are written as 1970; a comment is cut at 65 535 bytes.
    ///
    /// # Errors
    /// As [`PcapngWriter::add_interface`].
    pub fn write(&mut self, frame: &Frame<'_>, comment: Option<&str>) -> io::Result<()> {
        let id = match self.links.iter().position(|link| *link == frame.link) {
            // Fewer than 2^32, as `add_interface` made sure.
            Some(index) => InterfaceId(index as u32),
            None => self.add_interface(frame.link, 0, "")?,
        };
        self.write_on(id, frame, &Labels { comment, original: None })
    }

    /// Writes a frame on a given interface.
    ///
    /// # Errors
    /// When `out` refuses the bytes; [`io::ErrorKind::InvalidInput`] when the interface is not of this
    /// writer or the frame longer than a block can be.
    pub fn write_on(&mut self, id: InterfaceId, frame: &Frame<'_>, labels: &Labels<'_>) -> io::Result<()> {
        self.check(id)?;
        let captured_len = u32::try_from(frame.captured.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.begin(ENHANCED_PACKET);
        self.put(&id.0.to_le_bytes());
        self.put(&stamp(frame.at));
        self.put(&captured_len.to_le_bytes());
        self.put(&frame.original_len.to_le_bytes());
        self.put(frame.captured);
        self.pad();
        if let Some(comment) = labels.comment {
            self.text_option(COMMENT, comment);
        }
        if let Some(FrameNumber(number)) = labels.original {
            self.option(EPB_PACKETID, &number.to_le_bytes());
        }
        if *labels != Labels::default() {
            self.end_options();
        }
        self.end()
    }

    /// Writes what is known of an interface at the end.
    ///
    /// # Errors
    /// As [`PcapngWriter::write_on`].
    pub fn write_stats(&mut self, id: InterfaceId, stats: &InterfaceStats) -> io::Result<()> {
        self.check(id)?;
        self.begin(INTERFACE_STATISTICS);
        self.put(&id.0.to_le_bytes());
        self.put(&stamp(stats.end.or(stats.start).unwrap_or_default()));
        for (code, at) in [(ISB_STARTTIME, stats.start), (ISB_ENDTIME, stats.end)] {
            if let Some(at) = at {
                self.option(code, &stamp(at));
            }
        }
        for (code, count) in [
            (ISB_IFRECV, stats.received),
            (ISB_IFDROP, stats.dropped_by_interface),
            (ISB_OSDROP, stats.dropped_by_system),
        ] {
            if let Some(count) = count {
                self.option(code, &count.to_le_bytes());
            }
        }
        self.end_options();
        self.end()
    }

    /// Hands on what `out` holds back, so that a reader of the file sees every frame so far.
    ///
    /// # Errors
    /// When flushing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Flushes, and gives back what was written to.
    ///
    /// # Errors
    /// When flushing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn check(&self, InterfaceId(id): InterfaceId) -> io::Result<()> {
        if (id as usize) < self.links.len() { Ok(()) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.put(&kind.to_le_bytes());
        self.put(&[0; 4]);
    }

    fn end(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len() + 4).map_err(|_| io::ErrorKind::InvalidInput)?;
        let length = length.to_le_bytes();
        self.put(&length);
        self.block[4..8].copy_from_slice(&length);
        self.out.write_all(&self.block)
    }

    fn put(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }

    fn pad(&mut self) {
        let len = self.block.len().next_multiple_of(4);
        self.block.resize(len, 0);
    }

    fn text_option(&mut self, code: u16, text: &str) {
        self.option(code, &text.as_bytes()[..text.floor_char_boundary(usize::from(u16::MAX))]);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.put(&code.to_le_bytes());
        self.put(&len.to_le_bytes());
        self.put(&value[..usize::from(len)]);
        self.pad();
    }

    fn end_options(&mut self) {
        self.put(&[0; 4]);
    }
}

/// A timestamp as pcapng has it: the upper and the lower half of the nanoseconds since 1970.
fn stamp(at: Timestamp) -> [u8; 8] {
    let nanos = at.as_nanos().max(0) as u64;
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&((nanos >> 32) as u32).to_le_bytes());
    bytes[4..].copy_from_slice(&(nanos as u32).to_le_bytes());
    bytes
}

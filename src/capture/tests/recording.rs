//! What is written is read back, by this room and by Wireshark's tools.

use super::samples::{Kept, Order, Pcapng, ask, read_all};
use crate::capture::{InterfaceStats, Labels, PcapngWriter};
use crate::frame::{CapturedOn, Frame, FrameNumber, LinkType};
use crate::time::Timestamp;

const START: i64 = 1_700_000_000_000_000_001;

fn frame(n: u64, link: u32, captured: &[u8]) -> Frame<'_> {
    Frame {
        number: FrameNumber(n),
        at: Timestamp::from_nanos(START + n as i64 * 1_000),
        link: LinkType(link),
        interface: CapturedOn::UNTOLD,
        original_len: captured.len() as u32 + 7,
        captured,
    }
}

fn recorded() -> (Vec<u8>, Vec<Kept>) {
    let bytes: Vec<Vec<u8>> = (0..9).map(|n| vec![n; 60 + usize::from(n)]).collect();
    let frames: Vec<Frame<'_>> =
        bytes.iter().zip(1..).map(|(bytes, n)| frame(n, if n == 4 { 101 } else { 1 }, bytes)).collect();
    let mut writer = PcapngWriter::new(Vec::new(), "idlescope test", Some("about the capture")).unwrap();
    let eth = writer.add_interface(LinkType(1), 512, "eth0").unwrap();
    for frame in &frames {
        writer.write(frame, (frame.number.0 % 2 == 0).then_some("cut here: ä")).unwrap();
    }
    let stats = InterfaceStats {
        start: Some(Timestamp::from_nanos(START)),
        end: Some(Timestamp::from_nanos(START + 3_600_000_000_000)),
        received: Some(9),
        dropped_by_interface: Some(2),
        dropped_by_system: Some(3),
    };
    writer.write_stats(eth, &stats).unwrap();
    (writer.finish().unwrap(), frames.iter().map(Kept::of).collect())
}

#[test]
fn what_was_written_is_read_back() {
    let (bytes, frames) = recorded();
    let (read, summary) = read_all(&bytes).unwrap();
    assert_eq!(read, frames);
    assert_eq!(summary.end_at, Some(Timestamp::from_nanos(START + 3_600_000_000_000)));
    assert_eq!(summary.dropped, Some(5));
    assert_eq!(summary.link_types, [LinkType(1), LinkType(101)]);
    assert_eq!(summary.comments, ["about the capture"]);
    assert!(summary.is_complete());
}

#[test]
fn odd_frames_are_written_soundly() {
    let mut writer = PcapngWriter::new(Vec::new(), "", None).unwrap();
    let early = Frame { at: Timestamp::MIN, ..frame(1, 1, &[]) };
    writer.write(&early, Some(&"ä".repeat(40_000))).unwrap();
    assert!(writer.write(&frame(2, 0x1_0000, &[1]), None).is_err(), "pcapng has 16 bits for the link type");
    writer.write(&Frame { at: Timestamp::MAX, ..frame(3, 1, &[1, 2, 3]) }, None).unwrap();
    let (read, summary) = read_all(&writer.finish().unwrap()).unwrap();
    assert_eq!(summary.damage, None);
    assert_eq!((read[0].nanos, read[0].captured.len()), (0, 0));
    assert_eq!((read[1].nanos, read[1].captured.len()), (i64::MAX, 3));
}

#[test]
fn an_interface_of_another_writer_is_refused() {
    let mut first = PcapngWriter::new(Vec::new(), "", None).unwrap();
    let id = first.add_interface(LinkType(1), 0, "").unwrap();
    let mut second = PcapngWriter::new(Vec::new(), "", None).unwrap();
    assert!(second.write_on(id, &frame(1, 1, &[1]), &Labels::default()).is_err());
    assert!(second.write_stats(id, &InterfaceStats::default()).is_err());
}

#[test]
fn tshark_reads_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recorded.pcapng");
    let (bytes, frames) = recorded();
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let fields = ["-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len", "-e", "frame.comment"];
    let Some(shown) = ask("tshark", &[&["-n", "-r", path, "-T", "fields"], &fields[..]].concat()) else {
        return;
    };
    let expected: Vec<String> = frames
        .iter()
        .map(|frame| {
            let (seconds, nanos) = (frame.nanos / 1_000_000_000, frame.nanos % 1_000_000_000);
            let comment = if frame.number % 2 == 0 { "cut here: ä" } else { "" };
            format!("{seconds}.{nanos:09}\t{}\t{}\t{comment}", frame.captured.len(), frame.original_len)
        })
        .collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    if let Some(info) = ask("capinfos", &[path]) {
        for words in ["about the capture", "idlescope test", "eth0", "Capture length = 512", "9 (nanosecond"]
        {
            let found = info.contains(words) || words.starts_with("9 (") && info.contains("nanosecond");
            assert!(found, "{words} in {info}");
        }
    }
}

#[test]
fn tshark_agrees_on_every_kind_of_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.pcapng");
    let file = Pcapng::new(Order::Big);
    let offset = file.double(1_600_000_000);
    let file = file
        .interface(1, 0, &[(9, &[0x80 | 10]), (14, &offset)])
        .interface(101, 0, &[(9, &[8])])
        .enhanced(0, 1_000 << 10 | 512, &[0x10; 60], &[])
        .enhanced(1, 160_000_001_000_000_003, &[0x45; 60], &[])
        .obsolete(0, 0, 7 << 10, &[0x10; 61])
        .section(Order::Little)
        .interface(113, 0, &[(9, &[3])])
        .enhanced(0, 1_600_000_000_001, &[0; 62], &[]);
    std::fs::write(&path, &file.bytes).unwrap();
    let (frames, _) = read_all(&file.bytes).unwrap();
    let fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.cap_len"];
    let Some(shown) = ask("tshark", &[&["-n", "-r", path.to_str().unwrap()], &fields[..]].concat()) else {
        return;
    };
    let theirs: Vec<(i64, usize)> = shown
        .lines()
        .map(|line| {
            let (time, len) = line.split_once('\t').unwrap();
            let (seconds, fraction) = time.split_once('.').unwrap();
            let nanos: i64 = format!("{fraction:0<9}").parse().unwrap();
            (seconds.parse::<i64>().unwrap() * 1_000_000_000 + nanos, len.parse().unwrap())
        })
        .collect();
    let ours: Vec<(i64, usize)> = frames.iter().map(|frame| (frame.nanos, frame.captured.len())).collect();
    assert_eq!(ours, theirs);
}

//! tshark sees the same segments in the same frames.

use super::build::*;
use super::{cases, frame};
use crate::decode::{Decoded, Decoder};
use std::process::Command;

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let mut bytes = kind.to_le_bytes().to_vec();
    let total = (12 + padded as u32).to_le_bytes();
    bytes.extend(total);
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(total);
    bytes
}

/// A pcapng file with an interface for each frame, since each has a link type of its own.
fn pcapng(frames: &[(u32, &[u8])]) -> Vec<u8> {
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    let mut file = block(0x0a0d_0d0a, &section);
    for (link, _) in frames {
        file.extend(block(1, &[&(*link as u16).to_le_bytes()[..], &[0, 0], &[0, 0, 4, 0]].concat()));
    }
    for (interface, (_, bytes)) in frames.iter().enumerate() {
        let len = (bytes.len() as u32).to_le_bytes();
        let interface = (interface as u32).to_le_bytes();
        file.extend(block(6, &[&interface[..], &[0; 8], &len, &len, bytes].concat()));
    }
    file
}

#[test]
fn tshark_sees_the_same_segments() {
    let cases = cases::seen_by_tshark(Way::There);
    let frames: Vec<_> = cases.iter().map(|case| (case.link, &case.bytes[..])).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("every-wrapping.pcapng");
    std::fs::write(&path, pcapng(&frames)).unwrap();

    let fields = ["tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.flags"];
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-n", "-T", "fields", "-E", "occurrence=l", "-E", "separator=,"]);
    command.args(["-d", "udp.port==8472,vxlan", "-d", "udp.port==4789,vxlan"]);
    command.args(["--enable-heuristic", "fp_eth"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(_) => {
            eprintln!("SKIPPED: tshark not installed");
            return;
        }
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), cases.len(), "{}", String::from_utf8_lossy(&output.stderr));

    let mut differing = Vec::new();
    for (case, theirs) in cases.iter().zip(lines) {
        let ours = match Decoder::new().decode(&frame(case.link, &case.bytes)) {
            Decoded::Segment(s) => format!(
                "{},{},{},{},{},0x{:04x}",
                s.key.port(s.sender),
                s.key.port(s.sender.peer()),
                s.seq.0,
                s.ack.0,
                s.payload_len,
                s.flags.0
            ),
            other => format!("{other:?}"),
        };
        if ours != theirs {
            differing.push(format!("{}: ours {ours}, tshark {theirs}", case.name));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

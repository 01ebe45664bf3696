//! A seeded generator of captures for the benches: many flows at once, of the kinds that a gateway sees.
//!
//! The same seed and sizes give the same bytes. Of ten flows seven close in order, two by RST (15 to 25 of a
//! hundred real connections carry one: Arlitt and Williamson, CCR 35(1) 2005), one stays open; one in twenty
//! has a pause of minutes to hours, one in fifty keeps itself alive with probes. Flows overlap: their
//! beginnings are spread over the whole capture, so that the table is large while it is used.

use std::io::{self, Write};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Flows.
    pub flows: u32,
    /// Frames, roughly; rounded to whole flows.
    pub frames: u64,
    /// Bytes captured of each frame at most.
    pub snap_len: u32,
    /// Payload of a data segment.
    pub payload: u32,
    /// How flows end.
    pub ends: Ends,
    /// Seed.
    pub seed: u64,
}

/// How flows end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// By FIN, by RST, or not at all.
    Mixed,
    /// Not at all: every flow is held until the capture ends.
    Never,
}

impl Plan {
    /// Header-only: 10 million frames in 850 thousand flows.
    pub const HEADERS: Plan =
        Plan { flows: 850_000, frames: 10_000_000, snap_len: 96, payload: 600, ends: Ends::Mixed, seed: 1 };
    /// Full-size: 2 million frames, 1.2 GB.
    #[allow(dead_code, reason = "only the comparison uses it")]
    pub const FULL: Plan = Plan {
        flows: 20_000,
        frames: 2_000_000,
        snap_len: 65_535,
        payload: 1_100,
        ends: Ends::Mixed,
        seed: 2,
    };

    /// All of 850 thousand flows open at once: what a flow costs in memory.
    #[allow(dead_code, reason = "only the comparison uses it")]
    pub const CROWD: Plan = Plan { ends: Ends::Never, frames: 6_000_000, seed: 3, ..Plan::HEADERS };

    /// A smaller one of the same shape.
    pub fn scaled(self, divisor: u32) -> Plan {
        Plan {
            flows: (self.flows / divisor).max(1),
            frames: (self.frames / u64::from(divisor)).max(1),
            ..self
        }
    }
}

/// splitmix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

const SECOND: u64 = 1_000_000_000;
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Fin,
    Rst,
    Open,
}

/// A flow that still has segments to send: where it stands.
#[derive(Clone, Copy)]
struct Script {
    flow: u32,
    step: u16,
    steps: u16,
    seq: [u32; 2],
    end: End,
    pause: u64,
    probing: bool,
}

/// Writes the capture as pcap with nanoseconds. Returns frames written.
pub fn write(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    let mut header = Vec::new();
    header.extend_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
    header.extend_from_slice(&[2, 0, 4, 0]);
    header.extend_from_slice(&[0; 8]);
    header.extend_from_slice(&plan.snap_len.to_le_bytes());
    header.extend_from_slice(&1_u32.to_le_bytes());
    out.write_all(&header)?;

    let mut rng = Rng(plan.seed);
    let span = 4 * 3600 * SECOND;
    // A calendar of what comes next, by time.
    let mut calendar = std::collections::BinaryHeap::new();
    let mut scripts = Vec::with_capacity(plan.flows as usize);
    for flow in 0..plan.flows {
        // Between half and one and a half of the mean, in hundredths so that the mean is met.
        let mean = plan.frames * 100 / u64::from(plan.flows);
        let steps = ((mean / 2 + rng.below(mean) + 50) / 100).clamp(6, 60_000) as u16;
        let end = match rng.below(10) {
            _ if plan.ends == Ends::Never => End::Open,
            0..7 => End::Fin,
            7..9 => End::Rst,
            _ => End::Open,
        };
        let pause = if rng.below(20) == 0 { 60 + rng.below(7200) } else { 0 } * SECOND;
        scripts.push(Script {
            flow,
            step: 0,
            steps,
            seq: [rng.next() as u32, rng.next() as u32],
            end,
            pause,
            probing: rng.below(50) == 0,
        });
        calendar.push(std::cmp::Reverse((rng.below(span * 3 / 4), flow)));
    }
    let mut frame = Vec::with_capacity(2048);
    let mut frames = 0;
    let mut ip_id = 0_u16;
    while let Some(std::cmp::Reverse((at, flow))) = calendar.pop() {
        let script = &mut scripts[flow as usize];
        ip_id = ip_id.wrapping_add(1);
        let next = step(script, &mut rng, &mut frame, plan, ip_id);
        let captured = frame.len().min(plan.snap_len as usize);
        let stamp = 1_700_000_000 * SECOND + at;
        out.write_all(&((stamp / SECOND) as u32).to_le_bytes())?;
        out.write_all(&((stamp % SECOND) as u32).to_le_bytes())?;
        out.write_all(&(captured as u32).to_le_bytes())?;
        out.write_all(&(frame.len() as u32).to_le_bytes())?;
        out.write_all(&frame[..captured])?;
        frames += 1;
        if let Some(delay) = next {
            calendar.push(std::cmp::Reverse((at + delay, flow)));
        }
    }
    Ok(frames)
}

/// Makes the next frame of a flow; the time until the one after it, if there is one.
fn step(script: &mut Script, rng: &mut Rng, frame: &mut Vec<u8>, plan: &Plan, ip_id: u16) -> Option<u64> {
    let (n, last) = (script.step, script.steps - 1);
    script.step += 1;
    let rtt = 500_000 + rng.below(20_000_000);
    let think = 1_000_000 + rng.below(3 * SECOND);
    let (from, flags, len, probe) = match n {
        0 => (0, SYN, 0, false),
        1 => (1, SYN | ACK, 0, false),
        2 => (0, ACK, 0, false),
        _ if script.end == End::Fin && n + 3 > last => match last - n.min(last) {
            2 => (0, FIN | ACK, 0, false),
            1 => (1, FIN | ACK, 0, false),
            _ => (0, ACK, 0, false),
        },
        _ if script.end == End::Rst && n == last => (1, RST | ACK, 0, false),
        _ if script.probing && n > 6 => (n % 2, ACK, 0, n % 2 == 0),
        // Request, answer, acknowledgment.
        _ => match n % 3 {
            0 => (0, PSH | ACK, 1 + plan.payload / 4, false),
            1 => (1, PSH | ACK, plan.payload, false),
            _ => (0, ACK, 0, false),
        },
    };
    let (from, to) = (usize::from(from), usize::from(1 - from));
    let seq = if probe { script.seq[from].wrapping_sub(1) } else { script.seq[from] };
    let ack = if flags & ACK != 0 { script.seq[to] } else { 0 };
    build(frame, script.flow, from, seq, ack, flags, len, ip_id);
    let phantom = u32::from(flags & (SYN | FIN) != 0);
    script.seq[from] = script.seq[from].wrapping_add(len + phantom);
    if n >= last {
        return None;
    }
    Some(match n {
        0..=2 => rtt,
        _ if script.pause > 0 && n == script.steps / 2 => script.pause,
        _ if probe => rtt,
        _ if script.probing && n >= 6 => 30 * SECOND,
        _ if n % 3 == 2 => think,
        _ => rtt,
    })
}

/// Ethernet, IPv4, TCP with timestamps.
#[allow(clippy::too_many_arguments, reason = "a packet has that many fields")]
fn build(frame: &mut Vec<u8>, flow: u32, from: usize, seq: u32, ack: u32, flags: u8, len: u32, ip_id: u16) {
    let client = [10, (flow >> 16) as u8, (flow >> 8) as u8, flow as u8];
    let port = 32_768 + (flow.wrapping_mul(2_654_435_761) >> 17) as u16 % 28_000;
    let service = flow % 40;
    let server = [192, 168, 1, service as u8 + 1];
    let service_port: u16 = if service.is_multiple_of(2) { 443 } else { 1000 + service as u16 };
    let (src, dst, sport, dport) =
        if from == 0 { (client, server, port, service_port) } else { (server, client, service_port, port) };
    frame.clear();
    frame.extend_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
    let total = 20 + 32 + len;
    frame.extend_from_slice(&[0x45, 0]);
    frame.extend_from_slice(&(total as u16).to_be_bytes());
    frame.extend_from_slice(&ip_id.to_be_bytes());
    frame.extend_from_slice(&[0x40, 0, 64, 6, 0, 0]);
    frame.extend_from_slice(&src);
    frame.extend_from_slice(&dst);
    frame.extend_from_slice(&sport.to_be_bytes());
    frame.extend_from_slice(&dport.to_be_bytes());
    frame.extend_from_slice(&seq.to_be_bytes());
    frame.extend_from_slice(&ack.to_be_bytes());
    frame.extend_from_slice(&[0x80, flags]);
    frame.extend_from_slice(&8192_u16.to_be_bytes());
    frame.extend_from_slice(&[0, 0, 0, 0]);
    frame.extend_from_slice(&[1, 1, 8, 10]);
    frame.extend_from_slice(&seq.to_be_bytes());
    frame.extend_from_slice(&ack.to_be_bytes());
    frame.resize(frame.len() + len as usize, 0);
}

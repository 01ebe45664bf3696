//! Which frames are copied.

use crate::decode::{Decoded, Decoder};
use crate::findings::{FlowRef, Judgement};
use crate::frame::{Frame, FrameNumber};
use crate::pipeline::{Analysis, Retracing};
use crate::segment::{Endpoint, FlowKey, Sender};
use hashbrown::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Which frames are copied.
pub enum Selection<'a> {
    /// All.
    Everything,
    /// Those of some flows, with what quotes or repeats them.
    Flows(Box<FlowFrames<'a>>),
}

impl<'a> Selection<'a> {
    /// The flows that findings are about, as far as they are listed.
    pub fn with_findings(analysis: &'a Analysis) -> Selection<'a> {
        let judgement = &analysis.judgement;
        let listed = judgement.flows.iter().filter(|flow| !flow.findings.is_empty());
        let mut frames = FlowFrames::new(analysis);
        for flow in listed {
            frames.add(flow.reference(), Some(flow.last_frame));
        }
        for group in judgement.findings.iter().filter_map(|finding| finding.group.as_ref()) {
            for flow in &group.flows {
                frames.add(*flow, None);
            }
        }
        Selection::Flows(Box::new(frames))
    }

    /// The flows with these ids, and all between these ends. Ids that the capture does not have select nothing.
    pub fn of(analysis: &'a Analysis, ids: &[u64], ends: &[[EndPattern; 2]]) -> Selection<'a> {
        let mut frames = FlowFrames::new(analysis);
        let starts = ids.iter().filter_map(|id| analysis.first_frame_of(*id));
        for start in starts {
            let listed = analysis.judgement.flows.iter().find(|flow| flow.first_frame == start);
            match listed {
                Some(flow) => frames.add(flow.reference(), Some(flow.last_frame)),
                None => drop(frames.wanted.insert(start)),
            }
        }
        frames.ends = ends.to_vec();
        Selection::Flows(Box::new(frames))
    }

    /// Whether a frame is copied. To be asked of every frame of the capture, in order.
    pub(super) fn takes(&mut self, frame: &Frame<'_>) -> bool {
        match self {
            Selection::Everything => true,
            Selection::Flows(flows) => flows.takes(frame),
        }
    }
}

/// Follows the selected flows through a capture without a flow table: it is known at which frame each flow begins.
pub struct FlowFrames<'a> {
    analysis: &'a Analysis,
    /// First frames of the selected flows.
    wanted: HashSet<FrameNumber>,
    ends: Vec<[EndPattern; 2]>,
    /// Keys whose current life is selected.
    open: HashSet<FlowKey>,
    /// First and last frames of selected lives: late segments may come when the next life of the key has begun.
    lives: HashMap<FlowKey, Vec<(FrameNumber, FrameNumber)>>,
    decoder: Decoder,
    retracing: Retracing<'a, Judgement>,
}

impl<'a> FlowFrames<'a> {
    fn new(analysis: &'a Analysis) -> Self {
        FlowFrames {
            analysis,
            wanted: HashSet::new(),
            ends: Vec::new(),
            open: HashSet::new(),
            lives: HashMap::new(),
            decoder: Decoder::new(),
            retracing: Retracing::new(analysis),
        }
    }

    fn add(&mut self, flow: FlowRef, last_frame: Option<FrameNumber>) {
        let (key, _) = FlowKey::between(flow.initiator, flow.responder, flow.realm);
        // Frames out of order may come before the one that is first in time.
        self.open.insert(key);
        self.wanted.insert(flow.first_frame);
        if let Some(frame) = last_frame {
            self.lives.entry(key).or_default().push((flow.first_frame, frame));
        }
    }

    fn takes(&mut self, frame: &Frame<'_>) -> bool {
        let decoded = self.decoder.decode(frame);
        let decoded = self.retracing.sort(decoded, frame.interface, self.decoder.realms_mut());
        let key = match decoded {
            Decoded::Segment(segment) => self.retracing.key_of(&segment),
            Decoded::IcmpQuote(quote) => self.retracing.key_of_quoted(&quote),
            Decoded::Skip(_) => return false,
        };
        if self.wanted.contains(&frame.number) {
            self.open.insert(key);
        } else if self.open.contains(&key) && self.analysis.begins_flow(frame.number) {
            self.open.remove(&key);
        }
        let inside = |(first, last): &(FrameNumber, FrameNumber)| (*first..=*last).contains(&frame.number);
        self.open.contains(&key)
            || self.lives.get(&key).is_some_and(|lives| lives.iter().any(inside))
            || self.ends.iter().any(|ends| EndPattern::are_of(ends, &key))
    }
}

/// One end of a flow: an address, or an address with a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndPattern {
    addr: IpAddr,
    port: Option<u16>,
}

/// Not an end of a flow.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is no address with or without a port (as in 10.0.0.1, 10.0.0.1:443, [2001:db8::1]:443)")]
pub struct ParsePatternError(String);

impl FromStr for EndPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        if let Ok(addr) = text.parse::<IpAddr>() {
            return Ok(EndPattern { addr, port: None });
        }
        let socket = text.parse::<SocketAddr>().map_err(|_| ParsePatternError(text.to_owned()))?;
        Ok(EndPattern { addr: socket.ip(), port: Some(socket.port()) })
    }
}

impl EndPattern {
    fn is(&self, end: Endpoint) -> bool {
        self.addr == end.addr && self.port.is_none_or(|port| port == end.port)
    }

    /// Whether two ends of a flow, in either order, are these.
    pub fn are_between([a, b]: &[EndPattern; 2], one: Endpoint, other: Endpoint) -> bool {
        a.is(one) && b.is(other) || a.is(other) && b.is(one)
    }

    fn are_of(ends: &[EndPattern; 2], key: &FlowKey) -> bool {
        EndPattern::are_between(ends, key.endpoint(Sender::Low), key.endpoint(Sender::High))
    }
}

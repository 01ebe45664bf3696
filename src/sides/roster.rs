//! All flows of one side, by what a box leaves alone.

use super::mark::Base;
use super::speech;
use super::watch::Runs;
use crate::capture::{Fill, Source};
use crate::decode::{Decoded, Decoder};
use crate::frame::Frame;
use crate::pipeline::{Retracing, Unjudged};
use crate::segment::{FlowKey, Segment, SegmentTraits, Sender, TcpFlags};
use crate::time::Timestamp;
use hashbrown::HashMap;

const FILL: usize = 4096;
/// First segments by which a flow without handshake is recognised.
const HEAD: u8 = 6;

/// Reads `source`, which was opened as for `analysis`, and tells of each segment with the id of its flow. Gives the
/// times in which frames came.
pub(super) fn each_segment(
    mut source: Source,
    analysis: &Unjudged,
    tell: &mut impl FnMut(u64, &Segment, &Frame<'_>),
) -> Runs {
    let mut decoder = Decoder::new();
    let mut retracing = Retracing::new(analysis);
    let mut flows: HashMap<FlowKey, u64> = HashMap::new();
    let mut runs = Runs::default();
    let mut take = |frame: Frame<'_>| {
        runs.hear(frame.at);
        let decoded = decoder.decode(&frame);
        let decoded = retracing.sort(decoded, frame.interface, decoder.realms_mut());
        let Decoded::Segment(segment) = decoded else { return };
        let key = retracing.key_of(&segment);
        if analysis.begins_flow(frame.number) {
            flows.insert(key, analysis.id_of(frame.number));
        }
        if let Some(id) = flows.get(&key) {
            tell(*id, &segment, &frame);
        }
    };
    while source.fill(FILL, &mut take) == Fill::More {}
    runs.tidied()
}

/// How a flow is recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Identity {
    /// Sequence number of the SYN, and who sent it.
    pub syn: Option<(u32, Sender)>,
    /// Sequence number of the SYN-ACK.
    pub syn_ack: Option<u32>,
    /// TSval (RFC 7323) of the SYN and of the SYN-ACK.
    pub clocks: [Option<u32>; 2],
    /// Prints of the first payload of who sent the SYN, and of the other: [`speech::print_of`].
    pub first_words: [Option<u64>; 2],
    /// Its latest segment.
    pub last_at: Timestamp,
    heads: u8,
}

/// The flows of one side.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// By id.
    pub flows: Vec<Identity>,
    /// First segments of flows that have no whole handshake.
    pub heads: HashMap<Base, u64>,
    /// When frames of any kind came.
    pub runs: Runs,
}

impl Roster {
    pub fn read(source: Source, analysis: &Unjudged) -> Roster {
        let mut roster = Roster::default();
        roster.runs =
            each_segment(source, analysis, &mut |id, segment, frame| roster.take(id, segment, frame));
        roster
    }

    fn take(&mut self, id: u64, segment: &Segment, frame: &Frame<'_>) {
        let Ok(index) = usize::try_from(id) else { return };
        if self.flows.len() <= index {
            self.flows.resize(index + 1, Identity::default());
        }
        let known = &mut self.flows[index];
        known.last_at = known.last_at.max(segment.at);
        if let Some((_, opener)) = known.syn
            && segment.payload_len > 0
        {
            let words = &mut known.first_words[usize::from(segment.sender != opener)];
            if words.is_none() {
                *words = speech::print_of(segment, frame);
            }
        }
        if segment.flags.contains(TcpFlags::SYN) {
            let answer = segment.flags.contains(TcpFlags::ACK);
            match answer {
                true => known.syn_ack = known.syn_ack.or(Some(segment.seq.0)),
                false => known.syn = known.syn.or(Some((segment.seq.0, segment.sender))),
            }
            if segment.traits.contains(SegmentTraits::TIMESTAMPS) {
                let clock = &mut known.clocks[usize::from(answer)];
                *clock = clock.or(Some(segment.ts_val));
            }
        } else if (known.syn.is_none() || known.syn_ack.is_none()) && known.heads < HEAD {
            known.heads += 1;
            self.heads.entry(Base::of(segment)).or_insert(id);
        }
    }
}

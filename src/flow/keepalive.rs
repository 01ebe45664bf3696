//! What the probes of one side say about its keepalive settings.
//!
//! Linux facts behind the estimates (measured on the wire against the set values): spacing is never
//! shorter than set; steady spacing and intervals are up to 2.8 % longer, the first gap up to 8.5 %
//! (timer wheel slack, at most 12.5 %). While answered, probes come every *time*; unanswered, every
//! *interval*.

use super::probing::ProbeSeen;
use crate::frame::FrameNumber;
use crate::segment::SeqNumber;
use crate::time::{Span, Timestamp};

/// Frames of probes kept per side: enough to show the pattern.
pub const PROBE_FRAMES_KEPT: usize = 16;

/// Keepalive of one side as its probes show it.
#[derive(Clone, Debug, Default)]
pub struct ProbeLog {
    probes: u64,
    replies: u64,
    frames: Vec<FrameNumber>,
    times: Vec<Timestamp>,
    last: Option<LastProbe>,
    unanswered: u32,
    longest_unanswered: u32,
    answered_spacing: Option<Span>,
    unanswered_spacing: Option<Span>,
    first_delay: Option<Span>,
    gave_up: Option<FrameNumber>,
    probes_or_replies: u64,
    one_ip_id: bool,
}

#[derive(Clone, Copy, Debug)]
struct LastProbe {
    at: Timestamp,
    /// What its reply acknowledges.
    covered_by: SeqNumber,
    /// Its timestamp echo (RFC 7323): the last timestamp that the prober has received; 0: not known.
    echo: u32,
    /// Its fingerprint.
    print: u32,
    answered: bool,
    /// Something but probes and replies came since: the next spacing says nothing.
    disturbed: bool,
}

/// A setting with the range in which it must lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Estimate {
    /// Most likely value: the largest whole second not above what was measured.
    pub best: Span,
    /// Not below this.
    pub low: Span,
    /// Not above this.
    pub high: Span,
}

impl Estimate {
    /// From the shortest spacing measured: timers fire late, never early, and by 12.5 % at most.
    fn of(spacing: Span) -> Estimate {
        let low = Span::from_nanos((u128::from(spacing.as_nanos()) * 8 / 9) as u64);
        let whole = Span::from_secs(spacing.as_secs());
        Estimate { best: if whole >= low { whole } else { spacing }, low, high: spacing }
    }
}

impl ProbeLog {
    pub(super) const fn new() -> Self {
        ProbeLog {
            probes: 0,
            replies: 0,
            frames: Vec::new(),
            times: Vec::new(),
            last: None,
            unanswered: 0,
            longest_unanswered: 0,
            answered_spacing: None,
            unanswered_spacing: None,
            first_delay: None,
            gave_up: None,
            probes_or_replies: 0,
            one_ip_id: false,
        }
    }

    /// A probe was sent. Of its `echo`: when it is another than that of the probe before, the prober has received an
    /// answer that the capture does not show (RFC 7323 4.3: an answer in sequence moves it, and nothing else can while
    /// idle).
    pub(super) fn probe(&mut self, probe: &ProbeSeen) {
        let ProbeSeen { prober: _, at, frame, covered_by, echo, print, since_received } = *probe;
        if self.last.is_some_and(|last| !last.answered && last.echo != 0 && echo != 0 && last.echo != echo) {
            self.alive();
        }
        self.probes += 1;
        if self.frames.len() < PROBE_FRAMES_KEPT {
            self.frames.push(frame);
            self.times.push(at);
        }
        let shorter = |known: Option<Span>, new: Span| Some(known.map_or(new, |k| k.min(new)));
        match self.last {
            Some(last) if !last.disturbed && last.answered => {
                self.answered_spacing = shorter(self.answered_spacing, at.since(last.at));
            }
            Some(last) if !last.disturbed => {
                self.unanswered_spacing = shorter(self.unanswered_spacing, at.since(last.at));
            }
            _ => {
                if let Some(delay) = since_received {
                    self.first_delay = shorter(self.first_delay, delay);
                }
            }
        }
        self.unanswered += 1;
        self.last = Some(LastProbe { at, covered_by, echo, print, answered: false, disturbed: false });
    }

    /// The peer answered the last probe.
    pub(super) fn reply(&mut self) {
        self.replies += 1;
        self.alive();
    }

    /// The peer showed life in another way than by a reply.
    pub(super) fn alive(&mut self) {
        // The last of the run was answered, so it does not belong to the unanswered ones.
        self.longest_unanswered = self.longest_unanswered.max(self.unanswered.saturating_sub(1));
        self.unanswered = 0;
        if let Some(last) = &mut self.last {
            last.answered = true;
        }
    }

    /// A segment that is neither probe nor reply went by.
    pub(super) fn disturb(&mut self) {
        if let Some(last) = &mut self.last {
            last.disturbed = true;
        }
    }

    /// The prober reset the connection after unanswered probes.
    pub(super) fn give_up(&mut self, frame: FrameNumber) {
        self.gave_up = Some(frame);
    }

    /// Whether the last probe still waits for an answer.
    pub fn awaits_reply(&self) -> bool {
        self.awaited_reply().is_some()
    }

    /// What the reply to the last probe acknowledges, while there is none.
    pub(super) fn awaited_reply(&self) -> Option<SeqNumber> {
        self.last.filter(|last| !last.answered).map(|last| last.covered_by)
    }

    /// Empty segments came evenly that were probes, or replies to probes of the other side, which the capture does not
    /// show. `one_ip_id`: all of them bear one IP identification.
    pub(super) fn probes_or_replies(&mut self, count: u64, one_ip_id: bool) {
        self.one_ip_id = one_ip_id && (self.one_ip_id || self.probes_or_replies == 0);
        self.probes_or_replies += count;
    }

    /// Fingerprint of the last probe.
    pub(super) fn last_print(&self) -> Option<u32> {
        self.last.map(|last| last.print)
    }

    /// When the last probe was sent.
    pub fn last_probe_at(&self) -> Option<Timestamp> {
        self.last.map(|last| last.at)
    }

    /// Probes sent.
    pub fn probes(&self) -> u64 {
        self.probes
    }

    /// Replies received.
    pub fn replies(&self) -> u64 {
        self.replies
    }

    /// Segments of which one direction alone does not show whether they are probes or replies to probes: three or more
    /// empty ones at an even spacing, always with the same numbers. They are not among the others.
    pub fn probe_or_reply(&self) -> u64 {
        self.probes_or_replies
    }

    /// Whether those bear one IP identification, and nothing else of their sender another: a device may have sent one
    /// frame again and again.
    pub fn probe_or_reply_has_one_ip_id(&self) -> bool {
        self.one_ip_id
    }

    /// Frames of the first probes, [`PROBE_FRAMES_KEPT`] at the most.
    pub fn frames(&self) -> &[FrameNumber] {
        &self.frames
    }

    /// When those were sent.
    pub fn times(&self) -> &[Timestamp] {
        &self.times
    }

    /// Probes of the run that is unanswered now.
    pub fn unanswered_now(&self) -> u32 {
        self.unanswered
    }

    /// Probes of the longest unanswered run.
    pub fn longest_unanswered(&self) -> u32 {
        self.longest_unanswered.max(self.unanswered)
    }

    /// The RST with which the prober gave up.
    pub fn gave_up(&self) -> Option<FrameNumber> {
        self.gave_up
    }

    /// Shortest time from what the prober last received to the first probe of a run.
    pub fn first_delay(&self) -> Option<Span> {
        self.first_delay
    }

    /// Keepalive time. From steady spacing when there is one, else from the first delay, which only
    /// bounds it from above and, by the timer's slack, from below.
    pub fn time(&self) -> Option<Estimate> {
        self.answered_spacing.or(self.first_delay).map(Estimate::of)
    }

    /// Interval between unanswered probes.
    pub fn interval(&self) -> Option<Estimate> {
        self.unanswered_spacing.map(Estimate::of)
    }

    /// Number of probes before giving up; known only when the prober was seen to give up (a user
    /// timeout, RFC 5482, looks the same).
    pub fn count(&self) -> Option<u32> {
        self.gave_up.map(|_| self.longest_unanswered())
    }
}

//! The reader's side: frames are decoded, put in time order and shared out.

use super::crew::{Crew, FinishedShare};
use super::networks::Networks;
use super::pause::{Pause, Pauses};
use super::window::{Arrival, Disorder, Window};
use crate::decode::{Decoded, Decoder, Realms, SkipCounts, SkipReason, UnreadLinks};
use crate::flow::{Routed, Settings, Watcher};
use crate::frame::{Frame, FrameNumber};
use crate::segment::{HashSeed, Segment};
use crate::time::{Span, Timestamp};

/// What the reader itself knows of a capture.
#[derive(Debug)]
pub struct Reading {
    /// Frames decoded.
    pub frames: u64,
    /// TCP segments among them.
    pub tcp_segments: u64,
    /// TCP headers quoted in ICMP errors.
    pub icmp_quotes: u64,
    /// The rest, by reason.
    pub skipped: SkipCounts,
    /// Earliest frame.
    pub first_at: Option<Timestamp>,
    /// Latest frame.
    pub last_at: Option<Timestamp>,
    /// How long was recorded: between steps of the clock, and from the last one until the end of the capture.
    pub recorded: Span,
    /// Frames out of order.
    pub disorder: Disorder,
    /// Longest times without any frame.
    pub pauses: Vec<Pause>,
    /// Names of VLANs and tunnels.
    pub realms: Realms,
    /// Link types that are not read.
    pub unread_links: UnreadLinks,
    /// How flows were sorted by network; `None`: no path asks for that.
    pub networks: Option<Networks>,
}

impl Reading {
    /// From the first frame to the last.
    pub fn span(&self) -> Span {
        match (self.first_at, self.last_at) {
            (Some(first), Some(last)) => last.since(first),
            _ => Span::ZERO,
        }
    }

    /// Frames that TCP may be in, but that could not be looked into; `None` where some TCP was seen, or where most
    /// frames could be looked into. Of encrypted frames and fragments it is known what they are.
    pub fn not_looked_into(&self) -> Option<u64> {
        let failed = SkipReason::ALL.into_iter().filter(|reason| reason.is_failure());
        let failed: u64 = failed.map(|reason| self.skipped.of(reason)).sum();
        let seen = self.tcp_segments + self.icmp_quotes;
        (seen == 0 && failed > self.frames - failed).then_some(failed)
    }
}

/// Decodes and shares out.
pub(super) struct Reader<W: Watcher> {
    decoder: Decoder,
    /// `None`: no path asks for VLANs or interfaces.
    networks: Option<Networks>,
    window: Window,
    crew: Crew<W>,
    seed: HashSeed,
    lanes: u64,
    frames: u64,
    icmp_quotes: u64,
    skipped: SkipCounts,
    first_at: Option<Timestamp>,
    /// Latest frame since the clock stepped.
    last_at: Timestamp,
    /// Earliest of those.
    run_at: Timestamp,
    /// Latest frame before the clock stepped.
    last_before: Timestamp,
    /// How long was recorded until then.
    recorded_before: Span,
    pauses: Pauses,
}

impl<W: Watcher + Send + 'static> Reader<W> {
    pub fn new(watchers: Vec<W>, settings: Settings) -> Self {
        let lanes = watchers.len();
        let seed = HashSeed::random();
        Reader {
            decoder: Decoder::new(),
            networks: None,
            window: Window::new(lanes),
            crew: Crew::start(watchers, settings, seed),
            seed,
            lanes: lanes as u64,
            frames: 0,
            icmp_quotes: 0,
            skipped: SkipCounts::default(),
            first_at: None,
            last_at: Timestamp::MIN,
            run_at: Timestamp::MAX,
            last_before: Timestamp::MIN,
            recorded_before: Span::ZERO,
            pauses: Pauses::default(),
        }
    }

    /// Sorts flows by network from now on.
    pub fn sort_by(&mut self, networks: Option<Networks>, interfaces: impl Iterator<Item = String>) {
        self.networks = networks;
        self.decoder.realms_mut().name_interfaces(interfaces);
    }

    /// Takes the next frame.
    #[inline]
    pub fn take(&mut self, frame: Frame<'_>) {
        // Nearly every frame comes a little later than all before it: then nothing else about its time needs a look.
        if self.frames > 0 && frame.at >= self.last_at && frame.at.since(self.last_at) < Pause::SHORTEST {
            self.window.next_frame(frame.at, &mut self.crew);
            self.last_at = frame.at;
        } else {
            self.place(frame.at, frame.number);
        }
        self.frames += 1;
        match Decoder::common_segment(&frame) {
            Some(segment) if self.networks.is_none() => self.route(segment),
            _ => self.take_uncommon(frame),
        }
    }

    /// Notes when a frame came that is the first one, follows a pause, comes late, or after a step of the clock.
    #[inline(never)]
    fn place(&mut self, at: Timestamp, number: FrameNumber) {
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        match self.window.frame(at, number, &mut self.crew) {
            Arrival::InOrder => {
                self.pauses.frame(self.last_at, at, number);
                self.last_at = at;
            }
            Arrival::Late => {}
            Arrival::Stepped => {
                self.last_before = self.last_before.max(self.last_at);
                self.recorded_before = self.recorded_before + self.last_at.since(self.run_at);
                self.run_at = at;
                self.last_at = at;
            }
        }
        self.run_at = self.run_at.min(at);
    }

    /// The time of the frame taken last is in doubt.
    pub fn time_in_doubt(&mut self, frame: FrameNumber) {
        self.window.time_in_doubt(frame);
    }

    #[inline(always)]
    fn route(&mut self, segment: Segment) {
        let hash = segment.key.hash(self.seed);
        self.window.segment(self.lane_of(hash), Routed { segment, hash });
    }

    #[inline(never)]
    fn take_uncommon(&mut self, frame: Frame<'_>) {
        let mut decoded = self.decoder.decode(&frame);
        if let Some(networks) = &mut self.networks {
            let realms = self.decoder.realms_mut();
            match &mut decoded {
                Decoded::Segment(segment) => {
                    segment.key = networks.sort(segment.key, frame.interface, realms)
                }
                Decoded::IcmpQuote(quote) => quote.key = networks.sort(quote.key, frame.interface, realms),
                Decoded::Skip(_) => {}
            }
        }
        match decoded {
            Decoded::Segment(segment) => self.route(segment),
            Decoded::IcmpQuote(quote) => {
                self.icmp_quotes += 1;
                self.window.quote(self.lane_of(quote.key.hash(self.seed)), quote);
            }
            Decoded::Skip(reason) => self.skipped.add(reason),
        }
    }

    /// Lane of a hash: its upper half scaled to the number of lanes (the lower half places it in a table). All realms
    /// share it, so both directions of a flow come to one lane.
    #[inline]
    fn lane_of(&self, hash: u64) -> usize {
        (((hash >> 32) * self.lanes) >> 32) as usize
    }

    /// Live: frames taken so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Live: flows held, about as of now.
    pub fn flows(&self) -> u64 {
        self.crew.flows()
    }

    /// Live: hands on what is held, and asks for silences that go on at `now`.
    pub fn look(&mut self, now: Timestamp) {
        self.window.flush(&mut self.crew);
        self.crew.look(now);
    }

    /// Ends the capture. It lasts until its last frame, by the clock that stamped that, or longer if the source says so.
    pub fn finish(mut self, lasts_until: Option<Timestamp>) -> (Reading, Vec<FinishedShare<W>>, Timestamp) {
        self.window.flush(&mut self.crew);
        let end = lasts_until.map_or(self.last_at, |until| until.max(self.last_at));
        let finished = self.crew.finish(end);
        let (realms, unread_links) = self.decoder.into_parts();
        let reading = Reading {
            frames: self.frames,
            tcp_segments: self.frames - self.icmp_quotes - self.skipped.total(),
            icmp_quotes: self.icmp_quotes,
            skipped: self.skipped,
            first_at: self.first_at,
            last_at: self.first_at.map(|_| self.last_at.max(self.last_before)),
            recorded: self.recorded_before + end.since(self.run_at),
            disorder: self.window.disorder(),
            pauses: self.pauses.into_list(),
            realms,
            unread_links,
            networks: self.networks,
        };
        (reading, finished, end)
    }
}

//! Puts segments back into time order within a window of frames.
//!
//! Captures of several interfaces, and files appended to each other, step back in time. Segments are
//! held for one generation of frames: what steps back less far than that is sorted in; what steps back
//! further is a clock that was set back: all that is held goes out first, and the step is counted and
//! told to the workers. So is a leap, back or forward: frames on either side of it have nothing to do with each other's
//! times. Where frames come in order, nothing is moved: a generation is handed on as it
//! was filled. What is decided here depends on frames alone, not on how many lanes there are.

use crate::flow::{CLOCK_LEAP, Routed};
use crate::frame::FrameNumber;
use crate::memory::prefetch;
use crate::segment::IcmpQuote;
use crate::time::Timestamp;

/// Frames held: a frame that comes up to this many frames too late is sorted in.
pub const WINDOW_FRAMES: usize = 8192;

/// How many segments ahead their place in a lane is asked for. Lanes come back from a worker, in whose cache they lie.
const WRITTEN_SOON: usize = 16;

/// What one worker gets of a generation.
#[derive(Debug)]
pub(super) struct Lane {
    /// No segment of this generation or a later one is earlier, unless the clock steps back.
    pub not_before: Timestamp,
    pub segments: Vec<Routed>,
    pub quotes: Vec<IcmpQuote>,
    /// Frames whose time is in doubt, of all lanes.
    pub in_doubt: Vec<FrameNumber>,
}

impl Default for Lane {
    fn default() -> Self {
        Lane { not_before: Timestamp::MIN, segments: Vec::new(), quotes: Vec::new(), in_doubt: Vec::new() }
    }
}

impl Lane {
    pub fn clear(&mut self) {
        self.segments.clear();
        self.quotes.clear();
        self.in_doubt.clear();
    }

    fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.quotes.is_empty() && self.in_doubt.is_empty()
    }
}

#[derive(Debug)]
struct Generation {
    lanes: Vec<Lane>,
    frames: usize,
    disordered: bool,
    latest: Timestamp,
}

/// Where the window puts what it lets go.
pub(super) trait Outlet {
    /// A lane's next segments, in time order. An emptied lane comes back.
    fn deliver(&mut self, lane: usize, content: Lane) -> Lane;
    /// The clock stepped at `frame`, after all that was delivered before, of which `until` is the latest.
    fn clock_stepped(&mut self, frame: FrameNumber, until: Timestamp);
}

/// Frames that did not come in time order, and steps of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disorder {
    /// Frames that were sorted in.
    pub reordered: u64,
    /// Steps back beyond the window, or by more than a year.
    pub clock_steps_back: u64,
    /// Steps forward by more than a year.
    pub clock_steps_forward: u64,
}

/// How a frame comes after those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// No earlier than any before it.
    InOrder,
    /// It is sorted in.
    Late,
    /// The clock stepped: times before say nothing about it.
    Stepped,
}

/// The window.
#[derive(Debug)]
pub(super) struct Window {
    previous: Generation,
    current: Generation,
    latest: Timestamp,
    released_to: Timestamp,
    disorder: Disorder,
}

impl Generation {
    fn new(lanes: usize) -> Self {
        Generation {
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            frames: 0,
            disordered: false,
            latest: Timestamp::MIN,
        }
    }
}

impl Window {
    pub fn new(lanes: usize) -> Self {
        Window {
            previous: Generation::new(lanes),
            current: Generation::new(lanes),
            latest: Timestamp::MIN,
            released_to: Timestamp::MIN,
            disorder: Disorder::default(),
        }
    }

    /// Announces the next frame; segments and quotes of it are pushed after.
    #[inline]
    pub fn frame(&mut self, at: Timestamp, number: FrameNumber, outlet: &mut impl Outlet) -> Arrival {
        if self.current.frames == WINDOW_FRAMES {
            self.rotate(outlet);
        }
        let arrival = if at < self.latest {
            self.step_back(at, number, outlet)
        } else if self.latest != Timestamp::MIN && at.since(self.latest) > CLOCK_LEAP {
            self.leap_forward(number, outlet)
        } else {
            Arrival::InOrder
        };
        if arrival != Arrival::Late {
            self.latest = at;
        }
        let current = &mut self.current;
        current.frames += 1;
        if at > current.latest {
            current.latest = at;
        }
        arrival
    }

    /// [`Window::frame`] for one that is no earlier than any before it.
    #[inline(always)]
    pub fn next_frame(&mut self, at: Timestamp, outlet: &mut impl Outlet) {
        if self.current.frames == WINDOW_FRAMES {
            self.rotate(outlet);
        }
        self.latest = at;
        self.current.latest = at;
        self.current.frames += 1;
    }

    #[inline]
    pub fn segment(&mut self, lane: usize, routed: Routed) {
        let segments = &mut self.current.lanes[lane].segments;
        prefetch::next_to_write(segments, WRITTEN_SOON);
        segments.push(routed);
    }

    pub fn quote(&mut self, lane: usize, quote: IcmpQuote) {
        self.current.lanes[lane].quotes.push(quote);
    }

    /// The time of the frame announced last is in doubt.
    #[cold]
    pub fn time_in_doubt(&mut self, frame: FrameNumber) {
        for lane in &mut self.current.lanes {
            lane.in_doubt.push(frame);
        }
    }

    #[cold]
    fn step_back(&mut self, at: Timestamp, number: FrameNumber, outlet: &mut impl Outlet) -> Arrival {
        let leaps = self.latest.since(at) > CLOCK_LEAP;
        if at >= self.released_to && !leaps {
            self.disorder.reordered += 1;
            self.current.disordered = true;
            return Arrival::Late;
        }
        self.disorder.clock_steps_back += 1;
        // A stray time far ahead ends nothing.
        let until = if leaps { Timestamp::MIN } else { self.latest };
        self.step(number, until, outlet);
        Arrival::Stepped
    }

    #[cold]
    fn leap_forward(&mut self, number: FrameNumber, outlet: &mut impl Outlet) -> Arrival {
        self.disorder.clock_steps_forward += 1;
        let until = self.latest;
        self.step(number, until, outlet);
        Arrival::Stepped
    }

    fn step(&mut self, number: FrameNumber, until: Timestamp, outlet: &mut impl Outlet) {
        self.flush(outlet);
        outlet.clock_stepped(number, until);
    }

    /// Lets the previous generation go, after sorting into it what belongs there.
    fn rotate(&mut self, outlet: &mut impl Outlet) {
        let (cut, not_before) = (self.previous.latest, self.released_to);
        if self.current.disordered {
            for (previous, current) in self.previous.lanes.iter_mut().zip(&mut self.current.lanes) {
                previous.segments.append(&mut current.segments);
                previous.segments.sort_by_key(|routed| (routed.segment.at, routed.segment.frame));
                let keep = previous.segments.partition_point(|routed| routed.segment.at <= cut);
                current.segments.extend(previous.segments.drain(keep..));
            }
            self.current.disordered = false;
        }
        if self.previous.frames > 0 {
            self.released_to = cut;
        }
        for (number, lane) in self.previous.lanes.iter_mut().enumerate() {
            if !lane.is_empty() {
                lane.not_before = not_before;
                *lane = outlet.deliver(number, std::mem::take(lane));
            }
        }
        self.previous.frames = 0;
        self.previous.latest = Timestamp::MIN;
        std::mem::swap(&mut self.previous, &mut self.current);
    }

    /// Lets everything go: at the end, before a clock step, and when a live source is quiet.
    pub fn flush(&mut self, outlet: &mut impl Outlet) {
        self.rotate(outlet);
        self.rotate(outlet);
        self.released_to = Timestamp::MIN;
    }

    pub fn disorder(&self) -> Disorder {
        self.disorder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::timeline::{SEED, segments};

    #[derive(Default)]
    struct Collected {
        frames: Vec<u64>,
        steps: Vec<u64>,
    }

    impl Outlet for Collected {
        fn deliver(&mut self, _: usize, mut content: Lane) -> Lane {
            self.frames.extend(content.segments.iter().map(|routed| routed.segment.frame.0));
            content.clear();
            content
        }

        fn clock_stepped(&mut self, frame: FrameNumber, _: Timestamp) {
            self.steps.push(frame.0);
        }
    }

    /// Plays frames at the given seconds through a window.
    fn play(seconds: &[i64]) -> (Collected, Disorder) {
        let template = segments("0 > A seq=1 ack=1")[0];
        let mut window = Window::new(1);
        let mut out = Collected::default();
        for (i, second) in seconds.iter().enumerate() {
            let at = Timestamp::from_nanos(second * 1_000_000_000);
            let frame = FrameNumber(i as u64 + 1);
            window.frame(at, frame, &mut out);
            let segment = crate::segment::Segment { at, frame, ..template };
            window.segment(0, Routed { segment, hash: template.key.hash(SEED) });
        }
        window.flush(&mut out);
        (out, window.disorder())
    }

    #[test]
    fn frames_in_order_pass_unchanged() {
        let seconds: Vec<i64> = (0..30_000).collect();
        let (out, disorder) = play(&seconds);
        assert_eq!(out.frames, (1..=30_000).collect::<Vec<u64>>());
        assert_eq!(disorder, Disorder::default());
    }

    #[test]
    fn a_late_frame_within_the_window_is_sorted_in() {
        let mut seconds: Vec<i64> = (0..30_000).collect();
        seconds[20_000] = 15_000;
        let (out, disorder) = play(&seconds);
        let place = out.frames.iter().position(|f| *f == 20_001).unwrap();
        assert_eq!(place, 15_001);
        assert_eq!(out.frames.len(), 30_000);
        assert_eq!(disorder, Disorder { reordered: 1, ..Disorder::default() });
    }

    #[test]
    fn a_step_beyond_the_window_is_counted_and_told() {
        let seconds: Vec<i64> = (0..30_000).map(|i| if i < 25_000 { i } else { i - 24_000 }).collect();
        let (out, disorder) = play(&seconds);
        assert_eq!(out.steps, [25_001]);
        assert_eq!(out.frames.len(), 30_000);
        assert_eq!(disorder.clock_steps_back, 1);
    }

    #[test]
    fn two_appended_halves_come_out_in_time_order() {
        let seconds: Vec<i64> = (0..2000).step_by(2).chain((1..2000).step_by(2)).collect();
        let (out, disorder) = play(&seconds);
        let times: Vec<i64> = out.frames.iter().map(|f| seconds[*f as usize - 1]).collect();
        assert!(times.is_sorted());
        assert_eq!(disorder.clock_steps_back, 0);
    }

    const YEAR: i64 = 366 * 86_400;

    #[test]
    fn recordings_of_different_years_in_one_file_are_kept_in_its_order() {
        for (later, forward) in [(YEAR, 1), (-YEAR, 0)] {
            let seconds: Vec<i64> = (0..300).map(|i| if i < 150 { i } else { i + later }).collect();
            let (out, disorder) = play(&seconds);
            assert_eq!(out.frames, (1..=300).collect::<Vec<u64>>());
            assert_eq!(out.steps, [151]);
            let steps = (disorder.clock_steps_forward, disorder.clock_steps_back, disorder.reordered);
            assert_eq!(steps, (forward, 1 - forward, 0));
        }
    }

    #[test]
    fn a_stray_time_moves_no_frame() {
        for stray in [-50 * YEAR, 15 * YEAR] {
            let mut seconds: Vec<i64> = (0..300).collect();
            seconds[100] = stray;
            let (out, disorder) = play(&seconds);
            assert_eq!(out.frames, (1..=300).collect::<Vec<u64>>());
            assert_eq!(out.steps, [101, 102]);
            assert_eq!((disorder.clock_steps_back, disorder.clock_steps_forward), (1, 1));
            assert_eq!(disorder.reordered, 0);
        }
    }

    #[test]
    fn weeks_without_a_frame_are_no_step() {
        let (out, disorder) = play(&[0, 1, 300 * 86_400, 300 * 86_400 + 1]);
        assert_eq!((out.steps.len(), disorder), (0, Disorder::default()));
    }
}

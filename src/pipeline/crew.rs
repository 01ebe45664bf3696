//! The crew: every share of the flows has its jobs, and whoever is free does them.
//!
//! There are as many threads as shares, and the reader's is one of them: it reads while the others keep up, and does a
//! job of a share itself when one has as many as may wait. So no processor idles while there is work, however reading
//! and following flows weigh against each other, and threads seldom have to wake each other.

use super::window::{Lane, Outlet};
use crate::flow::{Service, Settings, Tracker, TrackerCounts, Watcher};
use crate::frame::FrameNumber;
use crate::segment::HashSeed;
use crate::time::Timestamp;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Jobs that may wait for one share. Fewer, and a thread runs out of them while the reader does one; more would only
/// hold memory.
const QUEUE_DEPTH: usize = 4;

enum Job {
    Segments(Lane),
    /// The clock stepped at this frame, having come to this time.
    ClockStepped(FrameNumber, Timestamp),
    /// Live: look for silences that go on at this time.
    Look(Timestamp),
    Finish(Timestamp),
}

/// What a share comes to.
pub(super) struct FinishedShare<W> {
    pub watcher: W,
    pub counts: TrackerCounts,
    pub services: Vec<Service>,
}

/// A share of the flows, and what is to be done with it. Whoever has it does that; nobody else can.
struct Share<W: Watcher> {
    number: usize,
    tracker: Tracker<W>,
    jobs: Receiver<Job>,
}

/// What all threads know.
struct Workplace<W: Watcher> {
    /// Shares without jobs, each at its number.
    resting: Vec<Mutex<Option<Box<Share<W>>>>>,
    /// Flows that each share held after its last job.
    held: Vec<AtomicUsize>,
    emptied: Sender<Lane>,
    finished: Sender<FinishedShare<W>>,
}

/// The threads, and all shares.
pub(super) struct Crew<W: Watcher> {
    workplace: Arc<Workplace<W>>,
    jobs: Vec<Sender<Job>>,
    /// Shares with jobs that nobody has taken up.
    due: Sender<Box<Share<W>>>,
    taken_up: Receiver<Box<Share<W>>>,
    emptied: Receiver<Lane>,
    finished: Receiver<FinishedShare<W>>,
    helpers: Vec<JoinHandle<()>>,
}

impl<W: Watcher + Send + 'static> Crew<W> {
    /// Makes one share for each watcher, and starts a thread for each but the reader's.
    pub fn start(watchers: Vec<W>, settings: Settings, seed: HashSeed) -> Self {
        let (give_back, emptied) = unbounded();
        let (due, taken_up) = unbounded();
        let (hand_in, finished) = unbounded();
        // The bound is the run's, not each share's.
        let part = Settings { max_flows: settings.max_flows.div_ceil(watchers.len().max(1)), ..settings };
        let held = watchers.iter().map(|_| AtomicUsize::new(0)).collect();
        let (jobs, resting): (Vec<_>, Vec<_>) = watchers
            .into_iter()
            .enumerate()
            .map(|(number, watcher)| {
                let (send, jobs) = bounded(QUEUE_DEPTH);
                let share = Share { number, tracker: Tracker::new(watcher, part, seed), jobs };
                (send, Mutex::new(Some(Box::new(share))))
            })
            .unzip();
        let workplace = Arc::new(Workplace { resting, held, emptied: give_back, finished: hand_in });
        let helpers = (1..jobs.len())
            .map(|_| {
                let (workplace, taken_up) = (Arc::clone(&workplace), Receiver::clone(&taken_up));
                std::thread::spawn(move || workplace.help(&taken_up))
            })
            .collect();
        Crew { workplace, jobs, due, taken_up, emptied, finished, helpers }
    }

    /// Flows held by all shares, as of the last job of each.
    pub fn flows(&self) -> u64 {
        self.workplace.held.iter().map(|held| held.load(Ordering::Relaxed) as u64).sum()
    }

    fn tell(&self, number: usize, mut job: Job) {
        loop {
            match self.jobs[number].try_send(job) {
                Ok(()) => break,
                Err(TrySendError::Full(refused)) => job = refused,
                // Whoever had the share has panicked; `finish` passes that on.
                Err(TrySendError::Disconnected(_)) => return,
            }
            if !self.do_a_job() {
                // All that is due has been taken up: so has this share, and there will be room.
                let _ = self.jobs[number].send(job);
                break;
            }
        }
        if let Some(share) = self.workplace.resting_at(number).take() {
            let _ = self.due.send(share);
        }
        if self.helpers.is_empty() {
            while self.do_a_job() {}
        }
    }

    /// Does a job of a share that nobody has taken up; whether there was one.
    fn do_a_job(&self) -> bool {
        let Ok(share) = self.taken_up.try_recv() else { return false };
        if let Some(share) = self.workplace.go_on(share) {
            let _ = self.due.send(share);
        }
        true
    }

    /// Asks all shares to look for silences that go on at `now`.
    pub fn look(&self, now: Timestamp) {
        for number in 0..self.jobs.len() {
            self.tell(number, Job::Look(now));
        }
    }

    /// Ends the capture at `end` and collects what the shares come to.
    pub fn finish(self, end: Timestamp) -> Vec<FinishedShare<W>> {
        for number in 0..self.jobs.len() {
            self.tell(number, Job::Finish(end));
        }
        while self.do_a_job() {}
        // With it the helpers know that nothing is to come.
        drop(self.due);
        for helper in self.helpers {
            if let Err(panic) = helper.join() {
                std::panic::resume_unwind(panic);
            }
        }
        self.finished.try_iter().collect()
    }
}

impl<W: Watcher + Send + 'static> Outlet for Crew<W> {
    fn deliver(&mut self, lane: usize, content: Lane) -> Lane {
        self.tell(lane, Job::Segments(content));
        self.emptied.try_recv().unwrap_or_default()
    }

    fn clock_stepped(&mut self, frame: FrameNumber, until: Timestamp) {
        for number in 0..self.jobs.len() {
            self.tell(number, Job::ClockStepped(frame, until));
        }
    }
}

impl<W: Watcher> Workplace<W> {
    /// Takes up shares, and does the jobs of each until there are none.
    fn help(&self, taken_up: &Receiver<Box<Share<W>>>) {
        for share in taken_up {
            let mut at_hand = Some(share);
            while let Some(share) = at_hand {
                at_hand = self.go_on(share);
            }
        }
    }

    /// Does the next job of a share, and puts it to rest if that was all; else it comes back.
    fn go_on(&self, share: Box<Share<W>>) -> Option<Box<Share<W>>> {
        let share = match share.jobs.try_recv() {
            Ok(job) => self.perform(share, job)?,
            Err(_) => share,
        };
        self.rest(share)
    }

    /// Does one job of a share; `None`: it was the last.
    fn perform(&self, mut share: Box<Share<W>>, job: Job) -> Option<Box<Share<W>>> {
        let tracker = &mut share.tracker;
        match job {
            Job::Segments(mut lane) => {
                tracker.tidy_up(lane.not_before);
                let mut segments = &lane.segments[..];
                for frame in &lane.in_doubt {
                    let before = segments.iter().position(|routed| routed.segment.frame >= *frame);
                    let (before, after) = segments.split_at(before.unwrap_or(segments.len()));
                    tracker.ingest_batch(before);
                    tracker.time_in_doubt(*frame);
                    segments = after;
                }
                tracker.ingest_batch(segments);
                for quote in &lane.quotes {
                    tracker.quote(quote);
                }
                lane.clear();
                // Nobody takes lanes back any more once the reader is done.
                let _ = self.emptied.send(lane);
            }
            Job::ClockStepped(frame, until) => tracker.clock_stepped(frame, until),
            Job::Look(now) => tracker.tell_silences(now),
            Job::Finish(end) => {
                let (watcher, counts, services) = share.tracker.finish(end);
                let _ = self.finished.send(FinishedShare { watcher, counts, services });
                return None;
            }
        }
        self.held[share.number].store(share.tracker.flows(), Ordering::Relaxed);
        Some(share)
    }

    /// Puts a share to rest, if nothing is to be done with it; else it comes back.
    fn rest(&self, share: Box<Share<W>>) -> Option<Box<Share<W>>> {
        let mut place = self.resting_at(share.number);
        // A job that came before the lock shows now; whoever brings one later finds the share at its place.
        if share.jobs.is_empty() {
            *place = Some(share);
            None
        } else {
            Some(share)
        }
    }

    fn resting_at(&self, number: usize) -> MutexGuard<'_, Option<Box<Share<W>>>> {
        // Nothing panics under the lock.
        self.resting[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::timeline::{SEED, segments};
    use crate::flow::{Basis, EndedBy, FlowView, Routed, Sequel, ServiceId, Silence};
    use crate::time::Span;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    /// Counts gaps, and does at one of them what is asked.
    struct Counting {
        gaps: u64,
        at: u64,
        does: fn(),
    }

    impl Watcher for Counting {
        type Annex = ();

        fn gap(&mut self, _: ServiceId, basis: Basis, _: Span, _: EndedBy) {
            if basis == Basis::Any {
                self.gaps += 1;
                if self.gaps == self.at {
                    (self.does)();
                }
            }
        }

        fn silence(&mut self, _: &FlowView<'_>, _: &mut (), _: &Silence) {}
        fn sequel(&mut self, _: &FlowView<'_>, _: &mut (), _: &Sequel) {}
        fn still_silent(&mut self, _: &FlowView<'_>, _: &mut (), _: &Silence) {}
        fn retire(&mut self, _: &FlowView<'_>, _: Option<&mut ()>, _: &[Silence]) {}
    }

    /// Gives every share `jobs` segments of a flow, each as a job of its own, and ends. Gaps that each share counted,
    /// the most first.
    fn gaps_counted(crew: Vec<Counting>, jobs: i64) -> Vec<u64> {
        let shares = crew.len();
        let settings = Settings {
            silence_floor: Span::from_secs(60),
            observation: crate::flow::ObservationFloor::always(Span::from_secs(60)),
            max_flows: 1000,
        };
        let mut crew = Crew::start(crew, settings, SEED);
        let template = segments("0 > A seq=1 ack=1")[0];
        for second in 0..jobs {
            for share in 0..shares {
                let at = Timestamp::from_nanos(second * 1_000_000_000);
                let segment = crate::segment::Segment { at, ip_id: second as u16, ..template };
                let routed = Routed { segment, hash: segment.key.hash(SEED) };
                let lane = Lane { segments: vec![routed], ..Lane::default() };
                crew.deliver(share, lane);
            }
        }
        let finished = crew.finish(Timestamp::from_nanos(jobs * 1_000_000_000));
        let mut gaps: Vec<u64> = finished.iter().map(|share| share.watcher.gaps).collect();
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        gaps
    }

    fn counting(at: u64, does: fn()) -> Counting {
        Counting { gaps: 0, at, does }
    }

    #[test]
    fn every_job_of_every_share_is_done() {
        for shares in 1..=5 {
            let crew = (0..shares).map(|_| counting(0, || {})).collect();
            assert_eq!(gaps_counted(crew, 500), vec![499; shares]);
        }
    }

    #[test]
    fn jobs_wait_for_a_slow_share_and_none_is_lost() {
        let slow = counting(5, || std::thread::sleep(Duration::from_millis(50)));
        assert_eq!(gaps_counted(vec![slow, counting(0, || {})], 500), [499, 499]);
    }

    #[test]
    fn a_panic_in_any_thread_reaches_the_reader() {
        for shares in 1..=3 {
            for broken in 0..shares {
                let crew: Vec<Counting> = (0..shares)
                    .map(|share| counting(u64::from(share == broken) * 7, || panic!("asked for")))
                    .collect();
                let ended = catch_unwind(AssertUnwindSafe(|| gaps_counted(crew, 500)));
                assert!(ended.is_err(), "share {broken} of {shares} broke, and nobody heard");
            }
        }
    }
}

//! The workers, and the channels to them.

use super::window::{Lane, Outlet};
use crate::flow::{Service, Settings, Tracker, TrackerCounts, Watcher};
use crate::frame::FrameNumber;
use crate::segment::HashSeed;
use crate::time::Timestamp;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

/// Generations that may wait for one worker. More would only hold memory: the reader and the workers
/// run at the same pace or the slower one decides.
const QUEUE_DEPTH: usize = 2;

enum Job {
    Segments(Lane),
    /// The clock stepped back at this frame, having come to this time.
    ClockStepped(FrameNumber, Timestamp),
    /// Live: look for silences that go on at this time.
    Look(Timestamp),
    Finish(Timestamp),
}

/// What a worker leaves.
pub(super) struct Shard<W> {
    pub watcher: W,
    pub counts: TrackerCounts,
    pub services: Vec<Service>,
}

/// Workers that run.
pub(super) struct Crew<W: Watcher> {
    jobs: Vec<Sender<Job>>,
    emptied: Receiver<Lane>,
    workers: Vec<JoinHandle<Option<Shard<W>>>>,
    /// Flows that each worker held after its last job.
    held: Vec<Arc<AtomicUsize>>,
}

impl<W: Watcher + Send + 'static> Crew<W> {
    /// Starts one worker for each watcher.
    pub fn start(watchers: Vec<W>, settings: Settings, seed: HashSeed) -> Self {
        let (give_back, emptied) = unbounded();
        // The bound is the run's, not each worker's.
        let share = Settings { max_flows: settings.max_flows.div_ceil(watchers.len().max(1)), ..settings };
        let held: Vec<Arc<AtomicUsize>> = watchers.iter().map(|_| Arc::default()).collect();
        let (jobs, workers) = watchers
            .into_iter()
            .zip(&held)
            .map(|(watcher, held)| {
                let (send, receive) = bounded(QUEUE_DEPTH);
                let (give_back, held) = (give_back.clone(), Arc::clone(held));
                let tracker = Tracker::new(watcher, share, seed);
                (send, std::thread::spawn(move || work(tracker, &receive, &give_back, &held)))
            })
            .unzip();
        Crew { jobs, emptied, workers, held }
    }

    /// Flows held by all workers, as of the last job of each.
    pub fn flows(&self) -> u64 {
        self.held.iter().map(|held| held.load(Ordering::Relaxed) as u64).sum()
    }

    fn tell(&self, lane: usize, job: Job) {
        // A closed channel means that the worker has panicked; `finish` passes the panic on.
        let _ = self.jobs[lane].send(job);
    }

    /// Asks all workers to look for silences that go on at `now`.
    pub fn look(&self, now: Timestamp) {
        for lane in 0..self.jobs.len() {
            self.tell(lane, Job::Look(now));
        }
    }

    /// Ends the capture at `end` and collects what the workers have.
    pub fn finish(self, end: Timestamp) -> Vec<Shard<W>> {
        for lane in 0..self.jobs.len() {
            self.tell(lane, Job::Finish(end));
        }
        drop(self.jobs);
        let mut shards = Vec::with_capacity(self.workers.len());
        for worker in self.workers {
            match worker.join() {
                Ok(shard) => shards.extend(shard),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        shards
    }
}

impl<W: Watcher + Send + 'static> Outlet for Crew<W> {
    fn deliver(&mut self, lane: usize, content: Lane) -> Lane {
        self.tell(lane, Job::Segments(content));
        self.emptied.try_recv().unwrap_or_default()
    }

    fn clock_stepped(&mut self, frame: FrameNumber, until: Timestamp) {
        for lane in 0..self.jobs.len() {
            self.tell(lane, Job::ClockStepped(frame, until));
        }
    }
}

fn work<W: Watcher>(
    mut tracker: Tracker<W>,
    jobs: &Receiver<Job>,
    give_back: &Sender<Lane>,
    held: &AtomicUsize,
) -> Option<Shard<W>> {
    for job in jobs {
        match job {
            Job::Segments(mut lane) => {
                tracker.tidy_up(lane.not_before);
                tracker.ingest_batch(&lane.segments);
                for quote in &lane.quotes {
                    tracker.quote(quote);
                }
                lane.clear();
                // Nobody takes lanes back any more once the reader is done.
                let _ = give_back.send(lane);
            }
            Job::ClockStepped(frame, until) => tracker.clock_stepped(frame, until),
            Job::Look(now) => tracker.tell_silences(now),
            Job::Finish(end) => {
                let (watcher, counts, services) = tracker.finish(end);
                return Some(Shard { watcher, counts, services });
            }
        }
        held.store(tracker.flows(), Ordering::Relaxed);
    }
    None
}

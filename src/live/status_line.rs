//! One line at the bottom of a terminal: how the run stands.

use crate::pipeline::Glance;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// The line, or nothing where standard error is no terminal.
pub(super) struct StatusLine {
    bar: ProgressBar,
    interface: String,
    began: Instant,
    last: (Instant, u64),
    announced: u64,
}

impl StatusLine {
    /// Begins with nothing seen. `shown`: standard error is a terminal.
    pub fn new(interface: &str, shown: bool) -> StatusLine {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        // A template without fields that could be wrong; the crate checks it at run time.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        let now = Instant::now();
        StatusLine { bar, interface: interface.to_owned(), began: now, last: (now, 0), announced: 0 }
    }

    /// Counts an expiry that was told.
    pub fn count_announcement(&mut self) {
        self.announced += 1;
    }

    /// Runs `print`, which writes to the terminal, with the line out of the way.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Draws the line anew.
    pub fn draw(&mut self, glance: &Glance) {
        if self.bar.is_hidden() {
            return;
        }
        let now = Instant::now();
        let rate = per_second(glance.frames.saturating_sub(self.last.1), now - self.last.0);
        self.last = (now, glance.frames);
        let line = words(&self.interface, now - self.began, rate, glance, self.announced);
        self.bar.set_message(line);
        self.bar.tick();
    }

    /// Takes the line off the screen.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn words(interface: &str, lasted: Duration, rate: u64, glance: &Glance, announced: u64) -> String {
    let seconds = lasted.as_secs();
    let dropped = glance.stats.dropped_by_kernel.saturating_add(glance.stats.dropped_by_interface);
    format!(
        "{interface} {}:{:02}:{:02}  {} frames, {rate}/s  {} flows  {dropped} dropped  {announced} expired  \
         (Ctrl-C ends with the report)",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        glance.frames,
        glance.flows,
    )
}

/// `count` things in `time`, for each second.
fn per_second(count: u64, time: Duration) -> u64 {
    let millis = time.as_millis().max(1);
    u64::try_from(u128::from(count) * 1000 / millis).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::LiveStats;

    #[test]
    fn both_kinds_of_loss_are_one_number_and_time_counts_in_hours() {
        let stats = LiveStats { received: 9, dropped_by_kernel: 2, dropped_by_interface: 1 };
        let glance = Glance { frames: 1234, flows: 5, stats };
        assert_eq!(
            words("eth0", Duration::from_secs(3_725), 10, &glance, 4),
            "eth0 1:02:05  1234 frames, 10/s  5 flows  3 dropped  4 expired  (Ctrl-C ends with the report)"
        );
    }

    #[test]
    fn a_rate_over_no_time_is_a_number() {
        assert_eq!(per_second(5, Duration::ZERO), 5000);
        assert_eq!(per_second(u64::MAX, Duration::ZERO), u64::MAX);
    }
}

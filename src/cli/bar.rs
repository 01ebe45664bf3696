//! The progress bar of an analysis: bytes, rate and time left, on standard error when it is a terminal.

use crate::capture::Progress;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Captures that are read within so many ticks get no bar: it would only flash.
const PATIENCE: u32 = 4;

/// A bar that runs beside the work, until it is dropped.
pub(super) struct Bar {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Bar {
    /// Begins to watch `progress`, unless nobody would see it.
    pub fn watch(progress: Progress) -> Bar {
        if !io::stderr().is_terminal() {
            return Bar { running: None };
        }
        let (stop, stopped) = bounded(0);
        let draw = move || {
            // It measures from the begin, unseen at first: the rate is then that of all the work.
            let bar = ProgressBar::with_draw_target(progress.bytes_total(), ProgressDrawTarget::hidden());
            if let Ok(style) = style(progress.bytes_total()) {
                bar.set_style(style);
            }
            let mut ticks = 0;
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                ticks += 1;
                if ticks == PATIENCE {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position(progress.bytes_read());
                bar.tick();
            }
            bar.finish_and_clear();
        };
        Bar { running: Some((stop, std::thread::spawn(draw))) }
    }
}

impl Drop for Bar {
    /// Takes the bar off the screen.
    fn drop(&mut self) {
        if let Some((stop, drawing)) = self.running.take() {
            drop(stop);
            // It only draws: if it panicked, the work is not affected.
            let _ = drawing.join();
        }
    }
}

fn style(total: Option<u64>) -> Result<ProgressStyle, indicatif::style::TemplateError> {
    ProgressStyle::with_template(match total {
        Some(_) => {
            "{wide_bar} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {eta} left"
        }
        None => "{spinner} {binary_bytes}  {binary_bytes_per_sec}  {elapsed}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bars_can_be_drawn() {
        assert!(style(Some(1)).is_ok() && style(None).is_ok());
    }
}

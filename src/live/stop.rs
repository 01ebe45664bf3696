//! Ctrl-C and SIGTERM end a run in order; the second one ends it at once.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, by signal.
#[derive(Clone, Debug)]
pub struct StopSignals(Arc<AtomicBool>);

impl StopSignals {
    /// Listens from now on, for the rest of the process. The first signal is remembered; a second one ends
    /// the process with `exit_code`, without a report.
    ///
    /// # Errors
    /// Those of the system when it refuses the handlers.
    pub fn listen(exit_code: u8) -> io::Result<StopSignals> {
        let raised = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down and raises it.
            flag::register_conditional_shutdown(signal, i32::from(exit_code), Arc::clone(&raised))?;
            flag::register(signal, Arc::clone(&raised))?;
        }
        Ok(StopSignals(raised))
    }

    /// The flag that the first signal raises.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// What the signal asked for is done: the next one is a first one again.
    pub fn heed(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

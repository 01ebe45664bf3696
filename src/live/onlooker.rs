//! Who is told about a live run.

use super::announcement::{write_line, write_ndjson};
use super::recorder::Recorder;
use super::status_line::StatusLine;
use super::stop::StopSignals;
use crate::findings::Announcement;
use crate::frame::Frame;
use crate::pipeline::{Glance, LiveAudience};
use std::io::{self, IsTerminal, Write};

/// Where expiries are told, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Voice {
    /// Lines for a person, on standard error: standard output is for the report.
    Text,
    /// Lines of JSON, on standard output, in front of those of the report.
    Ndjson,
}

/// The user, as a live run sees them.
pub struct Onlooker {
    voice: Voice,
    signals: StopSignals,
    recorder: Option<Recorder>,
    status: StatusLine,
    deaf: Option<io::Error>,
}

impl Onlooker {
    /// Watches `interface`. The status line is shown when standard error is a terminal.
    pub fn new(interface: &str, voice: Voice, signals: StopSignals, recorder: Option<Recorder>) -> Onlooker {
        let status = StatusLine::new(interface, io::stderr().is_terminal());
        Onlooker { voice, signals, recorder, status, deaf: None }
    }

    /// Ends the status line, and gives back the recorder with what went wrong with standard output
    /// ([`io::ErrorKind::BrokenPipe`]: nobody reads it any more).
    pub fn leave(self) -> (Option<Recorder>, Option<io::Error>) {
        self.status.clear();
        (self.recorder, self.deaf)
    }

    fn tell(&self, announcement: &Announcement) -> io::Result<()> {
        // Gathered first, so that a line goes out in one write.
        let mut line = Vec::with_capacity(512);
        match self.voice {
            Voice::Text => {
                write_line(announcement, &mut line)?;
                self.status.aside(|| io::stderr().lock().write_all(&line))
            }
            Voice::Ndjson => {
                write_ndjson(announcement, &mut line)?;
                self.status.aside(|| {
                    let mut out = io::stdout().lock();
                    out.write_all(&line)?;
                    out.flush()
                })
            }
        }
    }
}

impl LiveAudience for Onlooker {
    fn frame(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        match &mut self.recorder {
            Some(recorder) => recorder.frame(frame),
            None => Ok(()),
        }
    }

    fn announce(&mut self, announcement: Announcement) {
        if self.deaf.is_some() {
            return;
        }
        self.status.count_announcement();
        match (self.tell(&announcement), self.voice) {
            (Ok(()), _) => {}
            // A closed standard error must not end a run whose result goes to standard output or files.
            (Err(_), Voice::Text) => {}
            (Err(error), Voice::Ndjson) => self.deaf = Some(error),
        }
    }

    fn glance(&mut self, glance: &Glance) -> io::Result<()> {
        self.status.draw(glance);
        match &mut self.recorder {
            Some(recorder) => recorder.flush(),
            None => Ok(()),
        }
    }

    fn should_stop(&mut self) -> bool {
        self.deaf.is_some() || self.signals.raised()
    }
}

//! The frames of a live run, kept as pcapng.

use crate::capture::{InterfaceId, InterfaceStats, Labels, LiveSource, LiveStats, PcapngWriter};
use crate::frame::Frame;
use crate::time::Timestamp;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes gathered before they go to the file: a thousand frames of the default snap length.
const BUFFER: usize = 512 * 1024;

/// Records what is analysed. Without [`Recorder::finish`] the file holds the frames, but not how long the
/// capture lasted and what was lost.
pub struct Recorder {
    writer: PcapngWriter<BufWriter<File>>,
    interface: InterfaceId,
    began: Timestamp,
}

impl Recorder {
    /// Begins the recording of `source` in `file`, which is created or emptied.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(file: &Path, source: &LiveSource, filter: Option<&str>) -> io::Result<Recorder> {
        let out = BufWriter::with_capacity(BUFFER, File::create(file)?);
        let comment = match filter {
            Some(filter) => format!("live capture on {}, filter: {filter}", source.name()),
            None => format!("live capture on {}", source.name()),
        };
        let application = concat!("idlescope ", env!("CARGO_PKG_VERSION"));
        let mut writer = PcapngWriter::new(out, application, Some(&comment))?;
        let interface = writer.add_interface(source.link(), source.snap_len(), source.name())?;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = Timestamp::from_nanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX));
        Ok(Recorder { writer, interface, began })
    }

    /// Records a frame.
    ///
    /// # Errors
    /// Those of the file.
    pub fn frame(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        self.writer.write_on(self.interface, frame, &Labels::default())
    }

    /// Brings the file up to date, for whoever reads it meanwhile and for what is left after a crash.
    ///
    /// # Errors
    /// Those of the file.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// Ends the recording: until when it lasted, and what was lost.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(mut self, stats: &LiveStats, end: Timestamp) -> io::Result<()> {
        let stats = InterfaceStats {
            start: Some(self.began.min(end)),
            end: Some(end),
            received: Some(stats.received),
            dropped_by_interface: Some(stats.dropped_by_interface),
            dropped_by_system: Some(stats.dropped_by_kernel),
        };
        self.writer.write_stats(self.interface, &stats)?;
        self.writer.finish().map(drop)
    }
}

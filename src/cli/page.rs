//! Standard output.

use super::failure::Failure;
use std::io::{self, BufWriter, ErrorKind, Write};

/// Writes a page to standard output. A reader that has seen enough (`| head`) is no failure.
///
/// # Errors
/// [`Failure::StandardOutput`].
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    match written {
        Err(error) if !is_broken_pipe(&error) => {
            // What is still held back is lost anyway; dropping the buffer must not try again.
            let _ = out.into_parts();
            Err(Failure::StandardOutput(error))
        }
        Err(_) => {
            let _ = out.into_parts();
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Whether an error only says that nobody reads any more. JSON writers wrap it.
pub(super) fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

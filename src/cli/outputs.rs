//! The files of `-o`: found to be writable before the work, written whole or not at all.

use super::settings::is_replaceable;
use super::words::OutputWord;
use crate::report::{self, Format, GapHistogram, Layout, Report, hgrm};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// An output that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("-o {format}={}: {problem}{}", .file.display(), hint(.problem))]
pub(super) struct OutputError {
    format: Format,
    file: PathBuf,
    #[source]
    problem: io::Error,
}

fn hint(problem: &io::Error) -> &'static str {
    match problem.kind() {
        io::ErrorKind::NotFound => "; create its directory first",
        io::ErrorKind::PermissionDenied => "; choose a directory that you may write to",
        io::ErrorKind::IsADirectory => "; name a file in it",
        io::ErrorKind::StorageFull => "; make room and run again",
        _ => "",
    }
}

/// Files that are known to be writable, as far as that can be known.
#[derive(Debug)]
pub(super) struct Outputs(Vec<OutputWord>);

impl Outputs {
    /// Tries every place: a report that cannot be written should not be worked for. Leaves nothing behind.
    ///
    /// # Errors
    /// [`OutputError`] for the first that cannot be written.
    pub fn prepare(words: Vec<OutputWord>) -> Result<Outputs, OutputError> {
        for OutputWord { format, file } in &words {
            try_place(*format, file).map_err(|problem| OutputError {
                format: *format,
                file: file.clone(),
                problem,
            })?;
        }
        Ok(Outputs(words))
    }

    /// Writes all. What went wrong with some does not stop the others.
    pub fn write(&self, report: &Report) -> Vec<OutputError> {
        let mut errors = Vec::new();
        for OutputWord { format, file } in &self.0 {
            let mut note = |file: &Path, written: io::Result<()>| {
                if let Err(problem) = written {
                    errors.push(OutputError { format: *format, file: file.to_owned(), problem });
                }
            };
            if *format == Format::Hgrm && is_replaceable(file) {
                let target =
                    if file.is_dir() { hgrm::Target::Directory(file) } else { hgrm::Target::File(file) };
                for hgrm::HgrmFile { path, histogram } in hgrm::files(report, target) {
                    note(&path, whole(&path, |out| write_histogram(histogram, out)));
                }
            } else {
                note(file, whole(file, |out| report::write(report, *format, Layout::default(), out)));
            }
        }
        errors
    }
}

fn write_histogram(histogram: &GapHistogram, out: &mut dyn Write) -> io::Result<()> {
    hgrm::write(histogram, out)
}

fn try_place(format: Format, file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return match format {
            Format::Hgrm => part_of(&file.join("any.hgrm")).map(drop),
            _ => Err(io::ErrorKind::IsADirectory.into()),
        };
    }
    try_file(file)
}

/// Tries whether a file can be written, as far as that can be known. Leaves nothing behind.
///
/// # Errors
/// Those of the system.
pub(super) fn try_file(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !is_replaceable(file) {
        // Opening a pipe would wait for its reader, and a device may do anything.
        return Ok(());
    }
    if file.exists() {
        // One step replaces it, which needs no permission for the file itself: ask for it all the same.
        OpenOptions::new().append(true).open(file)?;
    }
    part_of(&destination(file)?).map(drop)
}

/// Where the bytes go: a link is followed, so that it stays one.
fn destination(file: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(file) {
        Ok(metadata) if metadata.is_symlink() && file.exists() => file.canonicalize(),
        _ => Ok(file.to_owned()),
    }
}

/// A new file beside `file`, removed unless it takes its name.
fn part_of(file: &Path) -> io::Result<tempfile::NamedTempFile> {
    let directory = file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".idlescope-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory)
}

/// Writes `file` by `write`, so that it is whole or as it was before.
///
/// # Errors
/// Those of `write`, and of the system.
pub(super) fn whole<T, E: From<io::Error>>(
    file: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    if !is_replaceable(file) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(file)?);
        let written = write(&mut out)?;
        out.flush()?;
        return Ok(written);
    }
    let destination = destination(file)?;
    let part = part_of(&destination)?;
    let mut out = BufWriter::new(part.as_file());
    let written = write(&mut out)?;
    out.flush()?;
    drop(out);
    keep_permissions(part.as_file(), &destination)?;
    part.persist(&destination).map_err(|error| error.error)?;
    Ok(written)
}

fn keep_permissions(part: &File, destination: &Path) -> io::Result<()> {
    match fs::metadata(destination) {
        Ok(metadata) => part.set_permissions(metadata.permissions()),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(format: Format, file: &Path) -> Vec<OutputWord> {
        vec![OutputWord { format, file: file.to_owned() }]
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn preparing_leaves_nothing_behind_and_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("report.json");
        fs::write(&file, "old").unwrap();
        Outputs::prepare(words(Format::Json, &file)).unwrap();
        assert_eq!(names(directory.path()), ["report.json"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    }

    #[test]
    fn a_missing_directory_is_found_before_the_work() {
        let directory = tempfile::tempdir().unwrap();
        let error = Outputs::prepare(words(Format::Json, &directory.path().join("no/r.json"))).unwrap_err();
        assert!(error.to_string().contains("create its directory first"), "{error}");
        let error = Outputs::prepare(words(Format::Json, directory.path())).unwrap_err();
        assert!(error.to_string().contains("name a file in it"), "{error}");
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_no_part_of_the_new() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("report");
        fs::write(&file, "old").unwrap();
        let failed: io::Result<()> = whole(&file, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        assert_eq!(names(directory.path()), ["report"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("real"), directory.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        whole(&link, |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn histograms_go_to_a_file_for_each_basis() {
        let directory = tempfile::tempdir().unwrap();
        let outputs = Outputs::prepare(words(Format::Hgrm, &directory.path().join("gaps.hgrm"))).unwrap();
        assert!(outputs.write(&Report::default()).is_empty());
        assert_eq!(
            names(directory.path()),
            ["gaps.hgrm", "gaps.initiator.hgrm", "gaps.payload.hgrm", "gaps.responder.hgrm"]
        );
    }
}

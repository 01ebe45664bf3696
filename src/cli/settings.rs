//! What the words mean together: the one place where options meet each other, files are looked at, and
//! defaults that depend on the machine are filled in.

use super::screen;
use super::words::{ColorWord, KeepaliveWord, OutputWord, PathWords, ReportWords};
use crate::capture::Input;
use crate::findings::{Routes, Severity, Terms, TooManyNetworks};
use crate::policy::presets::{self, AddError, Preset};
use crate::policy::spec::{HopSpecError, SpecError};
use crate::policy::{KeepaliveSetting, Path, PathFile, PathFileError, Route, read_path_file};
use crate::report::{self, Format, Layout, hgrm};
use crate::simulate::{Survey, SurveyLimit};
use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};

/// A number of `--flow` that no flow has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("--flow {id}: there is no such flow; {}", match .flows {
    0 => "the capture has none".to_owned(),
    1 => "the only one is 0".to_owned(),
    many => format!("the capture has those from 0 to {}", many - 1),
})]
pub(super) struct NoSuchFlow {
    /// As given.
    pub id: u64,
    /// How many there are.
    pub flows: u64,
}

/// Words that cannot be used together, or not with what is on the disk.
#[derive(Debug, thiserror::Error)]
pub(super) enum SettingsError {
    /// A hop.
    #[error("--hop: {0}")]
    Hop(#[from] HopSpecError),
    /// A keepalive that names a preset which no file has.
    #[error("--keepalive '{word}': {problem}")]
    Keepalive {
        /// As given.
        word: String,
        /// What is wrong with it.
        problem: SpecError,
    },
    /// A preset file.
    #[error("preset file {0}")]
    PresetFile(#[from] AddError),
    /// A path file.
    #[error("path file {0}")]
    PathFile(#[from] PathFileError),
    /// Both a path file and hops.
    #[error(
        "--hop '{hop}' and --path '{}' cannot be mixed: the order of hops matters; add the hop to the file \
         at its place, or give all hops by --hop",
        .file.display()
    )]
    HopAndPath {
        /// The first hop.
        hop: String,
        /// The file.
        file: PathBuf,
    },
    /// A file with paths of their own, where one is wanted.
    #[error(
        "path file {file} has several paths ({}), and this takes one: name it behind a '#', as in {file}#{}",
        .paths.join(", "), .paths.first().map_or("", |name| name.trim_matches('\''))
        , file = .file.display()
    )]
    SeveralPaths {
        /// The file.
        file: PathBuf,
        /// Their names.
        paths: Vec<String>,
    },
    /// A path file without the path that is named.
    #[error("path file {} has no path '{name}'; it has {}", .file.display(), if known.is_empty() { "none with a name".to_owned() } else { known.join(", ") })]
    NoSuchPath {
        /// The file.
        file: PathBuf,
        /// As given behind the '#'.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// Too many matches of networks.
    #[error("path file: {0}")]
    TooManyNetworks(#[from] TooManyNetworks),
    /// `path check` without a path.
    #[error("no path given; name a path file, or the hops by --hop (idlescope path check --help)")]
    NoPath,
    /// `advise` without a path.
    #[error(
        "no path given; name its hops by --hop, a file by --path or --report, or at least a --keepalive \
         (idlescope advise --help)"
    )]
    NothingToAdviseOn,
    /// One side of a box is no pair.
    #[error(
        "--side: name the captures of both sides of a box, in path order: --side client=a.pcapng --side server=b.pcapng"
    )]
    OneSide,
    /// A side that is gone once it was read.
    #[error("--side '{}' cannot be read twice, which comparing sides does; write it to a file first", .file.display())]
    SideIsPassing {
        /// As given.
        file: PathBuf,
    },
    /// Sides are compared by `analyze` only.
    #[error("--side is for 'idlescope analyze'; give this command one capture at a time")]
    SidesElsewhere,
    /// Two outputs to the same file.
    #[error("-o {first} and -o {second} both write {}; give each a file of its own", .file.display())]
    SameFile {
        /// Format of the first.
        first: Format,
        /// Format of the second.
        second: Format,
        /// The file that both would write.
        file: PathBuf,
    },
    /// An output would replace an input.
    #[error("{option} '{}' is one of the captures to be read; name another file", .file.display())]
    OutputIsInput {
        /// As given: `-o json`, `--write`.
        option: String,
        /// The file.
        file: PathBuf,
    },
    /// There is no such flow.
    #[error(transparent)]
    NoSuchFlow(#[from] NoSuchFlow),
    /// There is no flow between two ends.
    #[error("--between: no flow of the capture has these two ends")]
    NoFlowBetween,
    /// A directory without captures.
    #[error("directory {} holds no capture (.pcap, .pcapng, .cap, packed or not); directories below it are not read", .directory.display())]
    NoCaptures {
        /// As given.
        directory: PathBuf,
    },
    /// More timeouts or keepalive times than can be tried at once.
    #[error("--candidates and --keepalives take at most {} durations each", crate::tuning::MOST_CANDIDATES)]
    TooManyCandidates,
    /// Logs that were written without a hop.
    #[error("--merge: {0}")]
    NotTried(report::NotTried),
    /// A log of histograms, where there is none.
    #[error("hlog is what 'idlescope tune' writes; -o hgrm=FILE has the gaps of an analysis")]
    NoIntervalLog,
    /// The recording would go to standard output.
    #[error("--write '-': standard output is for the report; name a file")]
    RecordToStdout,
}

/// What is reported, how and where to.
#[derive(Clone, Debug)]
pub(super) struct ReportSettings {
    pub format: Format,
    pub outputs: Vec<OutputWord>,
    /// Least severity that the exit code tells.
    pub threshold: Option<Severity>,
    /// Of the text on standard output.
    pub layout: Layout,
    /// How much of the text.
    pub extent: Extent,
    /// Command and captures, to be typed again.
    pub again: String,
}

/// How much of the text report goes to standard output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// The verdict.
    Verdict,
    /// One screen: what a terminal shows.
    Screen,
    /// All of it.
    Whole,
}

fn extent(words: &ReportWords) -> Extent {
    match (words.quiet, words.full || words.verbose) {
        (true, _) => Extent::Verdict,
        (false, false) if screen::is_terminal() => Extent::Screen,
        _ => Extent::Whole,
    }
}

impl ReportSettings {
    /// `reads` are the files that must not be overwritten, `writes` those that something else writes.
    ///
    /// # Errors
    /// [`SettingsError`] when two outputs, or an output and another file, are the same.
    pub fn of(words: &ReportWords, reads: &[PathBuf], writes: &[PathBuf]) -> Result<Self, SettingsError> {
        check_files(&words.output, reads, writes)?;
        Ok(ReportSettings {
            format: words.format(),
            outputs: words.output.clone(),
            threshold: words.fail_on.severity(),
            layout: layout(words.color),
            extent: extent(words),
            again: String::new(),
        })
    }

    /// Whether it is only for people to read: then it needs no histograms of services.
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Text && self.outputs.is_empty()
    }
}

/// Of a command that makes no log of histograms.
///
/// # Errors
/// [`SettingsError::NoIntervalLog`] when one is asked for.
pub(super) fn without_interval_log(words: &ReportWords) -> Result<(), SettingsError> {
    let mut formats = words.output.iter().map(|output| output.format).chain([words.format()]);
    if formats.any(|format| format == Format::Hlog) { Err(SettingsError::NoIntervalLog) } else { Ok(()) }
}

/// How text on standard output is laid out.
pub(super) fn layout(color: ColorWord) -> Layout {
    Layout { width: screen::width(), colour: screen::colour(color), ..Layout::default() }
}

/// Inputs by their words; of a directory all captures in it, in the order of their names.
///
/// # Errors
/// [`SettingsError::NoCaptures`] for a directory without any.
pub(super) fn inputs(files: &[PathBuf]) -> Result<Vec<Input>, SettingsError> {
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        if !file.is_dir() {
            inputs.push(Input::from_word(file));
            continue;
        }
        let entries = std::fs::read_dir(file).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut captures: Vec<PathBuf> =
            entries.filter(|path| path.is_file() && has_capture_name(path)).collect();
        if captures.is_empty() {
            return Err(SettingsError::NoCaptures { directory: file.clone() });
        }
        captures.sort();
        inputs.extend(captures.into_iter().map(Input::File));
    }
    Ok(inputs)
}

/// Whether a file is called as captures are, packed or not; rings of tcpdump end in a number.
fn has_capture_name(path: &FilePath) -> bool {
    const ENDINGS: [&str; 4] = [".pcap", ".pcapng", ".cap", ".dmp"];
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = [".gz", ".zst", ".lz4"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(&name);
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A command with these captures, to be typed again; empty where that would not do the same.
pub(super) fn again(command: &str, captures: &[PathBuf]) -> String {
    const SHORT: usize = 60;
    let words: Vec<String> = captures.iter().map(|file| file.display().to_string()).collect();
    let plain = |word: &String| word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let line = format!("{command} {}", words.join(" "));
    if words.iter().all(plain) && words.iter().all(|word| word != "-") && line.len() <= SHORT {
        line
    } else {
        String::new()
    }
}

/// The file of an input; `None`: it is no file.
pub(super) fn file_of(input: &Input) -> Option<PathBuf> {
    match input {
        Input::Stdin => None,
        Input::File(path) => Some(path.clone()),
    }
}

/// What flows are judged by.
///
/// # Errors
/// [`SettingsError`] when the path cannot be read.
pub(super) fn terms(path: &PathWords, report: &ReportWords) -> Result<Terms, SettingsError> {
    Ok(Terms {
        listing: report.flows.into(),
        flows_listed: report.max_flows_listed,
        min_gap: report.min_gap,
        ..terms_of(path)?
    })
}

/// The same with the usual listing.
///
/// # Errors
/// [`SettingsError`] when the path cannot be read.
pub(super) fn terms_of(path: &PathWords) -> Result<Terms, SettingsError> {
    let PathFile { path, slots, routes, names } = stated(path)?;
    let survey = if path.hops.is_empty() && routes.is_empty() { survey() } else { Survey::default() };
    let routes = Routes::of(&path, routes)?;
    Ok(Terms { slots, names, ..Terms::of_routes(routes, survey) })
}

/// Path and slots. Slots of the command line replace those of the file.
fn stated(words: &PathWords) -> Result<PathFile, SettingsError> {
    let file = path_file(&words.hops(), words.path.as_deref(), keepalive(words.keepalive.as_ref())?)?;
    Ok(if words.slots.is_empty() { file } else { PathFile { slots: words.slots.clone(), ..file } })
}

/// What a keepalive means with the presets in use.
///
/// # Errors
/// [`SettingsError::Keepalive`].
pub(super) fn keepalive(word: Option<&KeepaliveWord>) -> Result<Option<KeepaliveSetting>, SettingsError> {
    let meaning = |word: &KeepaliveWord| {
        word.meaning().map_err(|problem| SettingsError::Keepalive { word: word.as_str().to_owned(), problem })
    };
    word.map(meaning).transpose()
}

/// The path of hops or of a file. `keepalive` replaces that of the file.
///
/// # Errors
/// [`SettingsError`] when it cannot be read, or both are given.
pub(super) fn path(
    hops: &[String],
    file: Option<&FilePath>,
    keepalive: Option<KeepaliveSetting>,
) -> Result<Path, SettingsError> {
    let said = path_file(hops, file, keepalive)?;
    if said.routes.is_empty() {
        return Ok(said.path);
    }
    let paths = said.routes.iter().map(|route| format!("'{}'", route.name)).collect();
    Err(SettingsError::SeveralPaths { file: file.map(ToOwned::to_owned).unwrap_or_default(), paths })
}

/// All paths of hops or of a file; that of the flows that no match covers has no name.
///
/// # Errors
/// [`SettingsError`] when it cannot be read, or both are given.
pub(super) fn paths(
    hops: &[String],
    file: Option<&FilePath>,
    keepalive: Option<KeepaliveSetting>,
) -> Result<Vec<Route>, SettingsError> {
    let said = path_file(hops, file, keepalive)?;
    let has_default = !said.path.hops.is_empty() || said.routes.is_empty();
    let default = has_default.then_some(Route { path: said.path, ..Route::default() });
    Ok(default.into_iter().chain(said.routes).collect())
}

/// A path file; of `FILE#NAME` only the path of that name.
fn read_one_path(file: &FilePath) -> Result<PathFile, SettingsError> {
    let word = file.to_string_lossy();
    let Some((before, name)) = word.rsplit_once('#').filter(|_| !file.exists()) else {
        return Ok(read_path_file(file)?);
    };
    let file = FilePath::new(before);
    let said = read_path_file(file)?;
    let known: Vec<String> = said.routes.iter().map(|route| format!("'{}'", route.name)).collect();
    let found = said.routes.into_iter().find(|route| route.name == name);
    let unknown = || SettingsError::NoSuchPath { file: file.to_owned(), name: name.to_owned(), known };
    let route = found.ok_or_else(unknown)?;
    Ok(PathFile {
        path: route.path,
        routes: Vec::new(),
        ..PathFile { slots: said.slots, names: said.names, ..PathFile::default() }
    })
}

fn path_file(
    hops: &[String],
    file: Option<&FilePath>,
    keepalive: Option<KeepaliveSetting>,
) -> Result<PathFile, SettingsError> {
    match (hops.first(), file) {
        (Some(hop), Some(file)) => Err(SettingsError::HopAndPath { hop: hop.clone(), file: file.to_owned() }),
        (None, Some(file)) => {
            let mut said = read_one_path(file)?;
            if let Some(keepalive) = keepalive {
                said.path.state(keepalive);
                said.routes.iter_mut().for_each(|route| route.path.state(keepalive));
            }
            Ok(said)
        }
        (_, None) => {
            let mut path = Path::from_specs(hops, None)?;
            if let Some(keepalive) = keepalive {
                path.state(keepalive);
            }
            Ok(PathFile { path, ..PathFile::default() })
        }
    }
}

/// The limits of the catalogue, each with its boxes by what restarts their timers.
fn survey() -> Survey {
    let limits = presets::survey_limits();
    Survey::new(limits.iter().flat_map(|known| {
        known.boxes.iter().filter_map(|id| match presets::find(id) {
            Ok(Preset::Middlebox(preset)) => {
                Some((preset.refresh, SurveyLimit { limit: known.limit, names: vec![preset.id.to_owned()] }))
            }
            // Every box of a survey limit is a middlebox of the catalogue.
            Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => None,
        })
    }))
}

/// Whether a capture may be written to `write` while `reads` are read.
///
/// # Errors
/// [`SettingsError`] when it is standard output or one of them.
pub(super) fn check_write(write: &FilePath, reads: &[PathBuf]) -> Result<(), SettingsError> {
    if write == FilePath::new("-") {
        return Err(SettingsError::RecordToStdout);
    }
    match reads.iter().any(|read| same_file(read, write)) {
        true => Err(SettingsError::OutputIsInput { option: "--write".to_owned(), file: write.to_owned() }),
        false => Ok(()),
    }
}

fn check_files(outputs: &[OutputWord], reads: &[PathBuf], writes: &[PathBuf]) -> Result<(), SettingsError> {
    let mut taken: BTreeMap<PathBuf, Format> = BTreeMap::new();
    for output in outputs {
        for file in files_of(output) {
            if !is_replaceable(&file) {
                continue;
            }
            if reads.iter().chain(writes).any(|other| same_file(other, &file)) {
                return Err(SettingsError::OutputIsInput { option: format!("-o {}", output.format), file });
            }
            if let Some(first) = taken.insert(identity(&file), output.format) {
                return Err(SettingsError::SameFile { first, second: output.format, file });
            }
        }
    }
    Ok(())
}

/// Files that an output writes, as far as they are known before the work.
fn files_of(output: &OutputWord) -> Vec<PathBuf> {
    if output.format != Format::Hgrm || output.file.is_dir() {
        return vec![output.file.clone()];
    }
    let empty = crate::report::Report::default();
    let files = hgrm::files(&empty, hgrm::Target::File(&output.file));
    files.into_iter().map(|file| file.path).collect()
}

/// Whether writing the file replaces what was there. Devices and pipes take everything.
pub(super) fn is_replaceable(file: &FilePath) -> bool {
    std::fs::metadata(file).map_or(true, |metadata| metadata.is_file() || metadata.is_dir())
}

/// Whether two names lead to the same file.
pub(super) fn same_file(a: &FilePath, b: &FilePath) -> bool {
    identity(a) == identity(b)
}

/// The file's name without links and dots; of a file that does not exist yet, that of its directory with
/// its name.
fn identity(file: &FilePath) -> PathBuf {
    let missing = || {
        let name = file.file_name()?;
        let parent =
            file.parent().filter(|parent| *parent != FilePath::new("")).unwrap_or(FilePath::new("."));
        Some(parent.canonicalize().ok()?.join(name))
    };
    file.canonicalize().ok().or_else(missing).unwrap_or_else(|| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Keepalive, Refresh};
    use crate::time::Span;

    #[test]
    fn the_survey_asks_each_box_for_what_restarts_its_timer() {
        let survey = survey();
        let names = |refresh, seconds| -> Vec<String> {
            let limit = Span::from_secs(seconds);
            let mut rows = survey.limits().filter(|(by, row)| *by == refresh && row.limit == limit);
            rows.next().map(|(_, row)| row.names.clone()).unwrap_or_default()
        };
        assert!(names(Refresh::AnyPacket, 350).contains(&"aws-nlb-tcp".to_owned()));
        assert!(names(Refresh::Payload, 60).contains(&"aws-alb".to_owned()));
        assert!(!names(Refresh::AnyPacket, 60).contains(&"aws-alb".to_owned()));
    }

    #[test]
    fn keepalive_on_the_command_line_replaces_that_of_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("path.toml");
        std::fs::write(&file, "keepalive = \"2h\"\n[[hop]]\nidle = \"1h\"\n").unwrap();
        assert_eq!(path(&[], Some(&file), None).unwrap().keepalive.unwrap().time, Span::from_secs(7200));
        assert_eq!(
            path(&[], Some(&file), Some(KeepaliveSetting::Same(Keepalive::OFF))).unwrap().keepalive,
            Some(Keepalive::OFF)
        );
    }

    #[test]
    fn one_file_by_two_names_is_found_out_before_it_exists() {
        let directory = tempfile::tempdir().unwrap();
        let plain = directory.path().join("report");
        let winding = directory.path().join(".").join("..").join(directory.path().file_name().unwrap());
        assert!(same_file(&plain, &winding.join("report")));
        assert!(!same_file(&plain, &winding.join("other")));
    }
}

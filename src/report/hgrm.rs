//! Percentiles of gaps in the text form of HdrHistogram (`outputPercentileDistribution` of its Java
//! original), which its plotters read. Values are milliseconds.
//!
//! One such file holds one histogram. Asked for `FILE.hgrm`, the whole capture goes to:
//!
//! | basis | file |
//! | --- | --- |
//! | any packet | `FILE.hgrm` |
//! | new payload | `FILE.payload.hgrm` |
//! | initiator's packets | `FILE.initiator.hgrm` |
//! | responder's packets | `FILE.responder.hgrm` |
//!
//! Asked for a directory, it gets `any.hgrm`, `payload.hgrm`, `initiator.hgrm` and `responder.hgrm`, and
//! for each service whose gaps are kept the same four behind its address: `10.0.0.5_443.payload.hgrm`.

use super::{GapHistogram, GapHistograms, Report};
use crate::time::Span;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One file to write.
#[derive(Clone, PartialEq, Debug)]
pub struct HgrmFile<'r> {
    /// Where to.
    pub path: PathBuf,
    /// What.
    pub histogram: &'r GapHistogram,
}

/// What the user's path stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target<'p> {
    /// Files beside each other, the name of the first being given.
    File(&'p Path),
    /// A directory, which gets the services' files too.
    Directory(&'p Path),
}

/// Which files the histograms of `report` go to. No two have the same path.
pub fn files<'r>(report: &'r Report, target: Target<'_>) -> Vec<HgrmFile<'r>> {
    let whole = report.histograms.by_basis();
    match target {
        Target::File(first) => whole
            .into_iter()
            .map(|(basis, histogram)| {
                let path = if basis == "any" { first.to_owned() } else { beside(first, basis) };
                HgrmFile { path, histogram }
            })
            .collect(),
        Target::Directory(directory) => {
            let mut taken = BTreeSet::new();
            let mut files = of_stem("", &report.histograms, directory);
            for service in &report.services {
                let Some(histograms) = &service.histograms else { continue };
                let network = service.network.as_ref().map_or(String::new(), |name| format!("{name}_"));
                let stem = unused(&portable(&format!("{network}{}", service.responder)), &mut taken);
                files.extend(of_stem(&format!("{stem}."), histograms, directory));
            }
            files
        }
    }
}

fn of_stem<'r>(stem: &str, histograms: &'r GapHistograms, directory: &Path) -> Vec<HgrmFile<'r>> {
    histograms
        .by_basis()
        .into_iter()
        .map(|(basis, histogram)| HgrmFile { path: directory.join(format!("{stem}{basis}.hgrm")), histogram })
        .collect()
}

/// `gaps.hgrm` and `payload` make `gaps.payload.hgrm`; without an extension, `gaps.payload`.
fn beside(first: &Path, basis: &str) -> PathBuf {
    match first.extension() {
        Some(extension) => {
            let mut full = std::ffi::OsString::from(basis);
            full.push(".");
            full.push(extension);
            first.with_extension(full)
        }
        None => first.with_extension(basis),
    }
}

/// Letters, digits, dots and hyphens stay; a run of anything else becomes one underscore.
fn portable(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
            safe.push(c);
        } else if !safe.is_empty() && !safe.ends_with('_') {
            safe.push('_');
        }
    }
    safe
}

fn unused(stem: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 1u64;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{stem}-{number}");
    }
    name
}

fn millis(length: Span) -> f64 {
    length.as_nanos() as f64 / 1e6
}

/// Writes one histogram: the table, and mean, deviation, maximum and count behind `#`.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(histogram: &GapHistogram, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:>12} {:>14} {:>10} {:>14}", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")?;
    writeln!(out)?;
    for step in &histogram.steps {
        let (value, quantile, count) = (millis(step.value), step.quantile, step.count);
        if quantile < 1.0 {
            writeln!(out, "{value:12.3} {quantile:2.12} {count:10} {:14.2}", 1.0 / (1.0 - quantile))?;
        } else {
            writeln!(out, "{value:12.3} {quantile:2.12} {count:10}")?;
        }
    }
    let length = |length: Option<super::Seconds>| length.map_or(0.0, |length| millis(length.0));
    let longest = histogram.steps.last().map_or(0.0, |step| millis(step.value));
    writeln!(
        out,
        "#[Mean    = {:12.3}, StdDeviation   = {:12.3}]",
        length(histogram.mean_s),
        length(histogram.deviation_s)
    )?;
    writeln!(out, "#[Max     = {longest:12.3}, Total count    = {:12}]", histogram.count)?;
    let below = histogram.below_range.map_or_else(|| "-".to_owned(), |count| count.to_string());
    writeln!(out, "#[Below   = {below:>12}, Overflow       = {:12}]", histogram.overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn page(histogram: &GapHistogram) -> String {
        let mut out = Vec::new();
        write(histogram, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plotters_read_four_columns_that_never_fall() {
        let report = samples::cut_behind_three_hops();
        let text = page(&report.histograms.any);
        let rows: Vec<Vec<f64>> = text
            .lines()
            .skip(2)
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_whitespace().map(|cell| cell.parse().unwrap()).collect())
            .collect();
        assert!(rows.len() > 3 && rows[..rows.len() - 1].iter().all(|row| row.len() == 4), "{text}");
        for pair in rows.windows(2) {
            assert!((0..3).all(|column| pair[0][column] <= pair[1][column]), "{pair:?}");
        }
        assert_eq!(rows.last().unwrap()[2] as u64, report.histograms.any.count);
        assert!(text.contains(&format!("Total count    = {:12}]", report.histograms.any.count)), "{text}");
    }

    #[test]
    fn an_empty_histogram_is_a_page_without_rows() {
        let text = page(&GapHistogram::default());
        assert_eq!(text.lines().filter(|line| line.starts_with('#')).count(), 3);
        assert!(!text.contains("NaN"), "{text}");
    }

    #[test]
    fn bases_go_beside_the_named_file() {
        let report = Report::default();
        let names = |path: &str| -> Vec<String> {
            let files = files(&report, Target::File(Path::new(path)));
            files.iter().map(|file| file.path.display().to_string()).collect()
        };
        assert_eq!(
            names("out/gaps.hgrm"),
            ["out/gaps.hgrm", "out/gaps.payload.hgrm", "out/gaps.initiator.hgrm", "out/gaps.responder.hgrm"]
        );
        assert_eq!(names("gaps")[1], "gaps.payload");
    }

    #[test]
    fn a_directory_gets_the_services_too_and_no_name_twice() {
        let mut report = samples::cut_behind_three_hops();
        report.services[0].histograms = Some(GapHistograms::default());
        let copy = report.services[0].clone();
        report.services.push(copy);
        let files = files(&report, Target::Directory(Path::new("gaps")));
        let names: BTreeSet<_> = files.iter().map(|file| file.path.clone()).collect();
        assert_eq!((files.len(), names.len()), (12, 12));
        assert!(names.contains(Path::new("gaps/10.9.8.7_443.payload.hgrm")), "{names:?}");
        assert!(names.contains(Path::new("gaps/10.9.8.7_443-2.any.hgrm")), "{names:?}");
    }

    #[test]
    fn names_from_input_stay_in_the_directory() {
        assert_eq!(portable("[2001:db8::1]:443"), "2001_db8_1_443");
        assert_eq!(portable("../../etc/passwd"), ".._.._etc_passwd");
    }
}

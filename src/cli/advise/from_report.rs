//! The path of a JSON report, with what its recommendation changes.

use crate::policy::spec::HopSpecError;
use crate::policy::{Keepalive, Path};
use crate::time::Span;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path as FilePath, PathBuf};

/// Longest report that is read, in bytes: bounded lists keep reports far below.
const LONGEST: u64 = 1 << 28;

/// Name and version of what is read.
const SCHEMA: &str = crate::report::json::SCHEMA_ID;

/// A report that gives no path.
#[derive(Debug, thiserror::Error)]
#[error("--report '{}': {fault}", .file.display())]
pub(in crate::cli) struct ReportError {
    /// As given.
    file: PathBuf,
    /// What is wrong with it.
    fault: Box<ReportFault>,
}

#[derive(Debug, thiserror::Error)]
enum ReportFault {
    #[error("{0}; check the name and its permissions")]
    Unreadable(#[from] io::Error),
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    #[error("it is not JSON: {0}; name what --format json wrote")]
    NotJson(#[from] serde_json::Error),
    #[error("it is no report of schema {SCHEMA}; name what --format json of analyze or tune wrote")]
    NotAReport,
    #[error("it names no hop and recommends nothing; give the hops by --hop")]
    NothingInIt,
    #[error("each of its flows takes a path of its own; name one: idlescope advise --path FILE#NAME")]
    SeveralPaths,
    #[error("its path cannot be read: {0}")]
    Path(#[source] Box<HopSpecError>),
}

/// A path, the same with the limits that the report recommends, and what it recommends for services.
pub(super) struct Recommended {
    pub now: Path,
    /// `None`: it recommends none.
    pub then: Option<Path>,
    pub services: Vec<OfService>,
}

/// What a report recommends for one service.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct OfService {
    pub service: String,
    /// `keepalive`, `heartbeat`, `close-earlier`.
    pub knob: String,
    pub at_most: Span,
    pub sentence: String,
}

/// Reads a report; `-` is standard input.
///
/// # Errors
/// [`ReportError`].
pub(super) fn read(file: &FilePath, keepalive: Option<Keepalive>) -> Result<Recommended, ReportError> {
    let text = if file == FilePath::new("-") { bounded(io::stdin().lock()) } else { open(file) };
    let recommended = text.and_then(|text| of_text(&text, keepalive));
    recommended.map_err(|fault| ReportError { file: file.to_owned(), fault: Box::new(fault) })
}

fn open(file: &FilePath) -> Result<Vec<u8>, ReportFault> {
    bounded(File::open(file)?)
}

fn bounded(from: impl Read) -> Result<Vec<u8>, ReportFault> {
    let mut text = Vec::new();
    from.take(LONGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST { Err(ReportFault::TooLong) } else { Ok(text) }
}

fn of_text(text: &[u8], keepalive: Option<Keepalive>) -> Result<Recommended, ReportFault> {
    let report: Value = serde_json::from_slice(text)?;
    if report["schema"] != SCHEMA {
        return Err(ReportFault::NotAReport);
    }
    let recommendation = &report["tuning"]["recommendation"];
    let recommended = set_keepalive(&recommendation["keepalive"]);
    let keepalive = keepalive.or(recommended).or_else(|| set_keepalive(&report["path"]["keepalive"]));
    let rows = report["path"]["hops"].as_array().map_or(&[][..], Vec::as_slice);
    let of_routes = names_of_routes(&report);
    if !of_routes.is_empty() && rows.iter().all(|row| is_among(row, &of_routes)) {
        return Err(ReportFault::SeveralPaths);
    }
    // Paths that only some flows take have hops of their own.
    let rows: Vec<&Value> = rows.iter().filter(|row| !is_among(row, &of_routes)).collect();
    let mut hops: Vec<String> = rows.iter().filter_map(|row| spec(row)).collect();
    if let (true, Some(timeout)) = (hops.is_empty(), seconds(&recommendation["timeout"]["timeout_s"])) {
        hops.push(format!("recommended={}ns", timeout.as_nanos()));
    }
    let services = services(&report);
    hops.extend(shown(&services, &hops));
    if hops.is_empty() && keepalive.is_none() {
        return Err(ReportFault::NothingInIt);
    }
    let now = Path::from_specs(&hops, keepalive).map_err(|error| ReportFault::Path(Box::new(error)))?;
    let mut then = now.clone();
    for link in recommendation["chain"].as_array().map_or(&[][..], Vec::as_slice) {
        let hop = then.hops.iter_mut().find(|hop| link["hop"] == hop.name.as_str());
        if let (Some(hop), Some(to)) = (hop, limit(&link["to_s"])) {
            hop.timers.established = to;
        }
    }
    let then = recommendation["chain"].is_array().then_some(then).filter(|_| !rows.is_empty());
    Ok(Recommended { now, then, services })
}

/// What is recommended for services, in the report's order.
fn services(report: &Value) -> Vec<OfService> {
    let rows = report["recommendations"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |row: &Value| {
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        let at_most = seconds(&row["at_most_s"])?;
        Some(OfService {
            service: text("service")?,
            knob: text("knob")?,
            at_most,
            sentence: text("sentence")?,
        })
    };
    rows.iter().filter_map(of).collect()
}

/// Boxes of which nothing but what is safe before them is known, so that half of their limit is the shortest pause that is
/// recommended: one that counts packets, and one that counts payload where keepalive is recommended for no service. Where a
/// hop is stated, only what is stricter than that.
fn shown(services: &[OfService], hops: &[String]) -> Vec<String> {
    let shortest = |knob: &str| services.iter().filter(|it| it.knob == knob).map(|it| it.at_most).min();
    let stated = Path::from_specs(hops, None).unwrap_or_default();
    let is_stricter = |pause: Span, counts_packets: bool| {
        let of_kind = stated.hops.iter().filter(|hop| hop.refresh.counts_packets() == counts_packets);
        of_kind.map(|hop| hop.timers.established).all(|limit| pause.times(2) < limit)
    };
    let spec =
        |name: &str, pause: Span, words: &str| format!("{name}={}ns{words}", pause.times(2).as_nanos());
    let packets = shortest("keepalive").filter(|pause| is_stricter(*pause, true));
    let payload = shortest("heartbeat").filter(|pause| is_stricter(*pause, false));
    match (packets, payload, hops.is_empty()) {
        (Some(pause), None, _) | (Some(pause), _, true) => vec![spec("as-reported", pause, "")],
        (None, Some(pause), _) => vec![spec("as-reported", pause, ",refresh=payload")],
        (Some(packets), Some(payload), false) => {
            vec![spec("as-reported", packets, ""), spec("as-reported-payload", payload, ",refresh=payload")]
        }
        (None, None, _) => Vec::new(),
    }
}

/// Names of the hops of paths that only some flows take.
fn names_of_routes(report: &Value) -> Vec<String> {
    let routes = report["path"]["routes"].as_array().map_or(&[][..], Vec::as_slice);
    let names = routes.iter().filter_map(|route| route["hops"].as_array()).flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn is_among(row: &Value, names: &[String]) -> bool {
    row["name"].as_str().is_some_and(|name| names.iter().any(|known| known == name))
}

/// A hop of the report in the words of `--hop`.
fn spec(row: &Value) -> Option<String> {
    let name = row["name"].as_str()?;
    let limit = match limit(&row["established_s"])? {
        Span::MAX => "never".to_owned(),
        limit => format!("{}ns", limit.as_nanos()),
    };
    let base = match row["preset"].as_str() {
        Some(preset) => format!("{name}={preset},idle={limit}"),
        None => format!("{name}={limit}"),
    };
    let words = ["refresh", "expiry", "pickup"].into_iter();
    let words = words.filter_map(|key| Some(format!(",{key}={}", row[key].as_str()?)));
    Some(std::iter::once(base).chain(words).collect())
}

/// A limit; null is never.
fn limit(value: &Value) -> Option<Span> {
    if value.is_null() { Some(Span::MAX) } else { seconds(value) }
}

fn seconds(value: &Value) -> Option<Span> {
    let seconds = value.as_f64().filter(|seconds| *seconds > 0.0)?;
    // Saturates.
    Some(Span::from_nanos((seconds * 1e9).round() as u64))
}

fn set_keepalive(row: &Value) -> Option<Keepalive> {
    let probes = u32::try_from(row["probes"].as_u64()?).ok().filter(|probes| *probes > 0)?;
    Some(Keepalive { time: seconds(&row["time_s"])?, interval: seconds(&row["interval_s"])?, probes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(report: &Value) -> Result<Recommended, ReportFault> {
        of_text(report.to_string().as_bytes(), None)
    }

    fn report(path: Value, recommendation: Value) -> Value {
        serde_json::json!({ "schema": SCHEMA, "path": path, "tuning": { "recommendation": recommendation } })
    }

    #[test]
    fn hops_are_those_of_the_report() {
        let path = serde_json::json!({
            "hops": [
                { "name": "fw", "preset": null, "established_s": 1800.5, "refresh": "payload", "expiry": "close" },
                { "name": "nlb", "preset": "aws-nlb-tcp", "established_s": 600.0, "refresh": "any" },
                { "name": "open", "established_s": null },
            ],
            "keepalive": { "time_s": 60.0, "interval_s": 5.0, "probes": 3 },
        });
        let read = read(&report(path, Value::Null)).unwrap();
        let same = Path::from_specs(
            &["fw=1800500ms,refresh=payload,expiry=close", "nlb=aws-nlb-tcp,idle=10m", "open=never"],
            Some("60s/5s/3".parse().unwrap()),
        );
        assert_eq!(Ok(read.now), same);
        assert!(read.then.is_none());
    }

    #[test]
    fn what_is_recommended_replaces_what_was() {
        let path =
            serde_json::json!({ "hops": [{ "name": "fw", "established_s": 60.0 }], "keepalive": null });
        let recommendation = serde_json::json!({
            "keepalive": { "time_s": 120.0, "interval_s": 10.0, "probes": 4 },
            "chain": [{ "hop": "fw", "from_s": 60.0, "to_s": 900.0 }],
        });
        let read = read(&report(path, recommendation)).unwrap();
        assert_eq!(read.now.hops[0].timers.established, Span::from_secs(60));
        assert_eq!(read.then.unwrap().hops[0].timers.established, Span::from_secs(900));
        assert_eq!(read.now.keepalive.unwrap().to_string(), "2m/10s/4");
    }

    #[test]
    fn without_hops_the_recommended_timeout_is_the_box() {
        let recommendation = serde_json::json!({ "timeout": { "timeout_s": 1800.0 } });
        let read = read(&report(serde_json::json!({ "hops": [] }), recommendation)).unwrap();
        assert_eq!(read.now.hops.len(), 1);
        assert_eq!(read.now.hops[0].timers.established, Span::from_secs(1800));
    }

    #[test]
    fn without_hops_and_tuning_the_limits_that_services_show_are_the_box() {
        let report = serde_json::json!({ "schema": SCHEMA, "path": { "hops": [] }, "recommendations": [
            { "id": 1, "service": "10.0.0.5:443", "knob": "keepalive", "at_most_s": 53.0, "sentence": "Set it." },
            { "id": 2, "service": "10.0.0.6:443", "knob": "keepalive", "at_most_s": 30.0, "sentence": "Set it." },
            { "id": 3, "service": null, "knob": "keepalive", "at_most_s": 10.0, "sentence": "Set it." },
            { "id": 4, "service": "10.0.0.7:443", "knob": "investigate", "at_most_s": null, "sentence": "Look." },
        ]});
        let read = read(&report).unwrap();
        let services: Vec<(&str, u64)> =
            read.services.iter().map(|it| (it.service.as_str(), it.at_most.as_secs())).collect();
        assert_eq!(services, [("10.0.0.5:443", 53), ("10.0.0.6:443", 30)]);
        assert_eq!(read.now.hops[0].timers.established, Span::from_secs(60));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        assert!(matches!(of_text(b"#", None), Err(ReportFault::NotJson(_))));
        assert!(matches!(of_text(b"{}", None), Err(ReportFault::NotAReport)));
        assert!(matches!(read(&report(Value::Null, Value::Null)), Err(ReportFault::NothingInIt)));
        let path = serde_json::json!({ "hops": [{ "name": "a,b", "established_s": 60.0 }] });
        assert!(matches!(read(&report(path, Value::Null)), Err(ReportFault::Path(_))));
    }
}

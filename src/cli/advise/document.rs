//! Advice as JSON. Lengths are seconds; null is "never" or "none".

use super::from_report::OfService;
use crate::advice::{Block, Plan};
use crate::report::json_text::{self, Spacing};
use crate::report::schema_of;
use crate::time::Span;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document.
const SCHEMA: &str = "idlescope.advice/1";

/// Settings to paste for a path.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "idlescope advice", rename = "Advice")]
struct Document<'a> {
    /// Always `idlescope.advice/1`.
    schema: &'static str,
    /// What made it.
    tool: ToolRow,
    /// The numbers behind all blocks.
    plan: PlanRow<'a>,
    /// What the report recommends for single services; only with `--report`.
    services: Vec<ServiceRow<'a>>,
    /// One for each target, and for each hop that it stands for.
    blocks: Vec<BlockRow<'a>>,
}

/// Name and version of the program.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tool")]
struct ToolRow {
    name: &'static str,
    version: &'static str,
}

/// What is recommended for one service.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Service")]
struct ServiceRow<'a> {
    /// `ip:port`.
    service: &'a str,
    /// `keepalive`, `heartbeat`, `close-earlier`.
    knob: &'a str,
    at_most_s: f64,
    sentence: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
struct PlanRow<'a> {
    /// Keepalive for the sockets of an end; null where it does nothing for the path.
    keepalive: Option<KeepaliveRow>,
    /// As stated; null when it was not, or off.
    stated_keepalive: Option<KeepaliveRow>,
    /// The hop that decided the keepalive.
    protects: Option<LimitRow<'a>>,
    /// Hops that keepalive does not reach, because they count payload only.
    unreached: Vec<LimitRow<'a>>,
    /// How often payload keeps every hop alive, in seconds.
    heartbeat_s: Option<f64>,
    /// From the initiator to the responder.
    hops: Vec<HopRow<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Keepalive")]
struct KeepaliveRow {
    time_s: f64,
    interval_s: f64,
    probes: u32,
}

/// A hop with its limit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Limit")]
struct LimitRow<'a> {
    hop: &'a str,
    limit_s: f64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Hop")]
struct HopRow<'a> {
    name: &'a str,
    preset: Option<&'static str>,
    /// Its limit now; null is never.
    now_s: Option<f64>,
    /// What it should be; null is never.
    to_s: Option<f64>,
    /// Whether packets without payload restart it.
    counts_packets: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Block")]
struct BlockRow<'a> {
    /// As in `--for`.
    target: &'static str,
    title: &'static str,
    /// The hop to be set; null: an end, or a box of which the path says nothing.
    hop: Option<&'a str>,
    /// What the settings change.
    changes: &'a str,
    /// What to paste. Empty: nothing is to be set, and `changes` says why.
    settings: Vec<SnippetRow<'a>>,
    /// When and how it takes effect.
    apply: &'static str,
    /// How to see that it did.
    check: &'static str,
    /// What to know before.
    mind: &'a [String],
    sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Snippet")]
struct SnippetRow<'a> {
    /// Where it belongs.
    place: &'static str,
    /// What it is written in.
    language: &'static str,
    /// Ends with a line feed.
    text: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Source")]
struct SourceRow {
    document: &'static str,
    /// The day on which it was last read.
    read_on: &'static str,
    /// `yes`: seen there; `secondary`: seen in a page that restates it; `unverified`: known, not found.
    verified: &'static str,
}

/// Writes the document.
///
/// # Errors
/// Those of `out`.
pub(super) fn write(
    plan: &Plan,
    services: &[OfService],
    blocks: &[Block],
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: ToolRow { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        plan: plan_row(plan),
        services: services.iter().map(service_row).collect(),
        blocks: blocks.iter().map(block_row).collect(),
    };
    json_text::write(&document, Spacing::Pretty, out)?;
    out.write_all(b"\n")
}

fn service_row(of: &OfService) -> ServiceRow<'_> {
    let OfService { service, knob, at_most, sentence } = of;
    ServiceRow { service, knob, at_most_s: at_most.as_secs_f64(), sentence }
}

/// JSON Schema (draft 2020-12) of the document.
pub(in crate::cli) fn schema() -> serde_json::Value {
    schema_of::<Document<'static>>("urn:idlescope:advice:1", SCHEMA)
}

fn plan_row(plan: &Plan) -> PlanRow<'_> {
    let keepalive = |keepalive: crate::policy::Keepalive| KeepaliveRow {
        time_s: keepalive.time.as_secs_f64(),
        interval_s: keepalive.interval.as_secs_f64(),
        probes: keepalive.probes,
    };
    PlanRow {
        keepalive: (!plan.keepalive_is_useless()).then(|| keepalive(plan.keepalive)),
        stated_keepalive: plan.stated.keepalive.filter(|stated| !stated.is_off()).map(keepalive),
        protects: plan
            .protects
            .as_ref()
            .map(|protects| LimitRow { hop: &protects.hop, limit_s: protects.limit.as_secs_f64() }),
        unreached: plan
            .unreached
            .iter()
            .map(|hop| LimitRow { hop: &hop.hop, limit_s: hop.limit.as_secs_f64() })
            .collect(),
        heartbeat_s: plan.heartbeat.map(Span::as_secs_f64),
        hops: plan
            .hops
            .iter()
            .map(|hop| HopRow {
                name: &hop.name,
                preset: hop.preset,
                now_s: seconds(hop.now),
                to_s: seconds(hop.to),
                counts_packets: hop.counts_packets,
            })
            .collect(),
    }
}

fn block_row(block: &Block) -> BlockRow<'_> {
    BlockRow {
        target: block.target,
        title: block.title,
        hop: block.hop.as_deref(),
        changes: &block.changes,
        settings: block
            .settings
            .iter()
            .map(|snippet| SnippetRow {
                place: snippet.place,
                language: snippet.language.word(),
                text: &snippet.text,
            })
            .collect(),
        apply: block.apply,
        check: block.check,
        mind: &block.mind,
        sources: block
            .sources
            .iter()
            .map(|source| SourceRow {
                document: source.document,
                read_on: block.read_on,
                verified: source.verified.word(),
            })
            .collect(),
    }
}

/// Seconds of a timer that runs out.
fn seconds(span: Span) -> Option<f64> {
    (span != Span::MAX).then(|| span.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::targets;
    use crate::policy::Path;

    /// `UPDATE_SCHEMA=1 cargo test the_committed_schema` writes it anew.
    #[test]
    fn the_committed_schema_of_advice_is_the_generated_one() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema/idlescope.advice.1.json");
        let generated = format!("{:#}\n", schema());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == generated, "run: UPDATE_SCHEMA=1 cargo test the_committed_schema");
    }

    #[test]
    fn all_advice_satisfies_the_schema_and_what_is_none_does_not() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for hops in [&["fw=1h", "aws-alb"][..], &["aws-alb"], &[], &["haproxy-tcp", "fw=never"]] {
            let plan = Plan::of(&Path::from_specs(hops, None).unwrap());
            let blocks: Vec<Block> = targets().iter().flat_map(|target| target.blocks(&plan)).collect();
            let mut out = Vec::new();
            write(&plan, &[], &blocks, &mut out).unwrap();
            let mut document: serde_json::Value = serde_json::from_slice(&out).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{hops:?}: {errors:#?}");
            document["blocks"][0]["settings"] = "none".into();
            assert!(!validator.is_valid(&document));
        }
    }
}

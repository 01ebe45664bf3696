//! `idlescope advise`: settings to paste for a path.

mod document;
mod from_report;
mod text;

use super::failure::Failure;
use super::page;
use super::settings::{self, SettingsError};
use super::words::{ALL_TARGETS, AdviseFormat, AdviseWords};
use crate::advice::{self, Block, Plan, Target};
use from_report::{OfService, Recommended};

pub(super) use document::schema;
pub(super) use from_report::ReportError;

/// Targets that every path needs: the ends run one of them.
const USUAL: [&str; 2] = ["linux", "windows"];

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the path cannot be read, or nothing can be printed.
pub(super) fn run(words: &AdviseWords) -> Result<(), Failure> {
    let (plan, services) = plan(words)?;
    let targets = chosen(&words.targets, &plan)?;
    let blocks: Vec<Block> = targets.iter().flat_map(|target| target.blocks(&plan)).collect();
    let layout = settings::layout(words.color);
    page::print(|out| match words.format {
        AdviseFormat::Text => text::write((&plan, &services), &blocks, &not_shown(&targets), layout, out),
        AdviseFormat::Json => document::write(&plan, &services, &blocks, out),
    })
}

/// The plan for the path of the words, or of a report, with what the report recommends for services.
fn plan(words: &AdviseWords) -> Result<(Plan, Vec<OfService>), Failure> {
    if let Some(report) = &words.report {
        let Recommended { now, then, services } =
            from_report::read(report, settings::keepalive(words.keepalive.as_ref())?.map(|it| it.first()))?;
        let plan = then.map_or_else(|| Plan::of(&now), |then| Plan::towards(&now, &then));
        return Ok((plan, services));
    }
    if words.hop.is_empty() && words.path.is_none() && words.keepalive.is_none() {
        return Err(SettingsError::NothingToAdviseOn.into());
    }
    Ok((
        Plan::of(&settings::path(
            &words.hop,
            words.path.as_deref(),
            settings::keepalive(words.keepalive.as_ref())?,
        )?),
        Vec::new(),
    ))
}

/// The targets of `--for`, each once, in the order of the table; without any the boxes on the path, and the
/// usual ones.
fn chosen(ids: &[String], plan: &Plan) -> Result<Vec<&'static Target>, Failure> {
    let named = ids.iter().filter(|id| *id != ALL_TARGETS).map(|id| advice::find(id));
    let named: Vec<&Target> = named.collect::<Result<_, _>>()?;
    let all = ids.iter().any(|id| id == ALL_TARGETS);
    let asked = |target: &Target| named.iter().any(|other| other.id == target.id);
    let usual = |target: &Target| ids.is_empty() && (USUAL.contains(&target.id) || target.is_on(plan));
    let targets = advice::targets().iter().copied();
    Ok(targets.filter(|target| all || asked(target) || usual(target)).collect())
}

/// Ids of the other targets.
fn not_shown(shown: &[&'static Target]) -> Vec<&'static str> {
    let is_shown = |id: &str| shown.iter().any(|target| target.id == id);
    advice::targets().iter().map(|target| target.id).filter(|id| !is_shown(id)).collect()
}

//! What boxes of known limits would have done.

use crate::findings::{Judgement, SurveyLine};
use crate::policy::presets::{self, Preset};
use crate::report::SurveyRow;
use crate::simulate::SurveyLimit;
use std::collections::BTreeSet;

/// The shortest limit first; of equal ones those that count packets. Boxes that carry one protocol only are left out where no
/// service has its port.
pub(super) fn rows(judgement: &Judgement) -> Vec<SurveyRow> {
    let ports: BTreeSet<u16> = judgement.services.iter().map(|line| line.service.endpoint.port).collect();
    let before = |id: &str| ports.iter().any(|port| presets::may_stand_before(id, *port));
    let of_these = |line: &SurveyLine| {
        let names: Vec<String> = line.limit.names.iter().filter(|id| before(id)).cloned().collect();
        (!names.is_empty()).then(|| SurveyLimit { names, ..line.limit.clone() })
    };
    let mut rows: Vec<SurveyRow> = judgement
        .survey
        .iter()
        .filter_map(|line| {
            Some(row(&SurveyLine { limit: of_these(line)?, ..line.clone() }, judgement.totals.flows))
        })
        .collect();
    rows.sort_by_key(|row| row.limit_s);
    rows
}

fn row(line: &SurveyLine, flows: u64) -> SurveyRow {
    let SurveyLine { refresh, limit, row } = line;
    let touched = [row.cut, row.saved_by_keepalive, row.unknown].into_iter().fold(0, u64::saturating_add);
    SurveyRow {
        limit_s: limit.limit.into(),
        refresh: (*refresh).into(),
        presets: limit.names.clone(),
        boxes: limit.names.iter().map(|name| product(name)).collect(),
        used_again: row.used_again,
        left_behind: row.cut.saturating_sub(row.used_again),
        saved_by_keepalive: row.saved_by_keepalive,
        survives: flows.saturating_sub(touched),
        unknown: row.unknown,
    }
}

/// Name of a preset's product; a limit that the user made up keeps its own name.
fn product(id: &str) -> String {
    match presets::find(id) {
        Ok(Preset::Middlebox(middlebox)) => middlebox.product.to_owned(),
        Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => id.to_owned(),
    }
}

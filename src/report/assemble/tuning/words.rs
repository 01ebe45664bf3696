//! Sentences about what to set, why, and what it costs.

use crate::policy::Refresh;
use crate::policy::spec::ExactSpan;
use crate::report::wording::{counted, grouped, limit};
use crate::report::{Seconds, SurvivalPlot};
use crate::time::Span;
use crate::tuning::{
    Confidence, ENOUGH_REUSED, IDLE_FROM, KeepaliveChoice, Link, LinkReason, NoKeepalive, NoTimeout, Outcome,
    Proportion, Recommended, TimeoutChoice, TimeoutOutcome, reach,
};

/// Ethernet, IPv4, TCP with timestamps (RFC 7323): 66 bytes each way.
pub(super) const BYTES_OF_PROBE_AND_REPLY: f64 = 132.0;

/// How often a second over a time.
pub(super) fn per_second(times: u64, span: Span) -> f64 {
    if span == Span::ZERO { 0.0 } else { times as f64 / span.as_secs_f64() }
}

/// `None` for a limit that never runs out.
pub(super) fn finite(span: Span) -> Option<Seconds> {
    (span != Span::MAX).then_some(Seconds(span))
}

/// `99.9 %`, `100 %`; never rounded up to all, or down to nothing, when it is not.
pub(in crate::report) fn percent(share: f64) -> String {
    format!("{} %", of_hundred(share))
}

/// `99.9`, as in [`percent`].
pub(in crate::report) fn of_hundred(share: f64) -> String {
    let of_hundred = share * 100.0;
    let digits = match of_hundred.min(100.0 - of_hundred) {
        rest if rest <= 0.0 => 0,
        rest if rest < 0.01 => 4,
        rest if rest < 0.1 => 3,
        rest if rest < 1.0 => 2,
        _ => 1,
    };
    let text = format!("{of_hundred:.digits$}");
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// A number of things held: whole from ten on.
pub(in crate::report) fn amount(number: f64) -> String {
    if number >= 9.95 { grouped(number.round() as u64) } else { format!("{number:.1}") }
}

/// A rate: whole from ten on, with two digits below.
pub(in crate::report) fn rate(number: f64) -> String {
    match number {
        n if n >= 9.95 => grouped(n.round() as u64),
        n if n >= 0.1 => format!("{n:.1}"),
        n if n >= 0.005 => format!("{n:.2}"),
        n if n > 0.0 => "< 0.01".to_owned(),
        _ => "0".to_owned(),
    }
}

/// Flows that would show the goal, were none of them cut.
fn flows_needed(keep: f64) -> Option<u64> {
    (keep < 1.0).then(|| {
        let fits = |flows: &u64| Proportion::new(0, *flows, Confidence::default()).high <= 1.0 - keep;
        let mut high = ENOUGH_REUSED;
        while !fits(&high) && high < u64::MAX / 4 {
            high *= 2;
        }
        let mut low = 0;
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if fits(&middle) { high = middle } else { low = middle }
        }
        high
    })
}

fn nothing_above(outcome: &Outcome) -> String {
    let capture = if outcome.tally.parts.len() > 1 { "the longest capture" } else { "the capture" };
    format!(
        "{capture} is {} long, so nothing can be said above {}",
        outcome.tally.longest(),
        limit(reach(outcome))
    )
}

pub(super) fn verdict(outcome: &Outcome, recommended: &Recommended) -> String {
    let idle_from = outcome.plan.idle_from();
    let timeout = match &recommended.timeout {
        Ok(choice) => format!(
            "SET THE IDLE TIMEOUT TO {}: it {}. The price: {}.",
            ExactSpan(choice.outcome.timeout),
            timeout_reason(choice, outcome),
            timeout_price(&choice.outcome, outcome)
        ),
        Err(NoTimeout::NothingReused) => format!(
            "NO TIMEOUT CAN BE NAMED: no flow was used again after {idle_from} of silence, so every timeout tried \
             keeps all; {}.",
            nothing_above(outcome)
        ),
        Err(NoTimeout::TooFew { reused, cuts_none }) => {
            let least = match cuts_none {
                Some(timeout) => format!("{} would have cut none of them", ExactSpan(*timeout)),
                None => {
                    format!("every timeout tried up to {} would have cut one of them", limit(reach(outcome)))
                }
            };
            format!(
                "TOO FEW FLOWS TO NAME A TIMEOUT: only {} used again after {idle_from} of silence{}; {least}; {}.",
                were(*reused),
                needed(outcome).map_or(String::new(), |flows| format!(", and {flows}")),
                nothing_above(outcome)
            )
        }
        Err(NoTimeout::OutOfReach { longest }) => {
            let still = match longest {
                Some(row) => format!(
                    "{} would still cut {} of {} that were used again after {idle_from} of silence",
                    ExactSpan(row.timeout),
                    grouped(row.used_again.count),
                    counted(row.used_again.of, "flow")
                ),
                None => "no timeout tried is as short as that".to_owned(),
            };
            format!(
                "NO TIMEOUT WITHIN REACH KEEPS {} OF REUSED FLOWS: {}; {still}.",
                percent(outcome.plan.keep),
                nothing_above(outcome)
            )
        }
    };
    match &recommended.keepalive {
        Ok(choice) => format!(
            "{timeout} Keepalive of {} on the endpoints protects behind {}{}: {}.",
            ExactSpan(choice.keepalive.time),
            behind(choice),
            if is_raised(choice, recommended) { " as it is, without raising it" } else { "" },
            keepalive_price(choice, outcome)
        ),
        Err(missing) => format!("{timeout} {}", no_keepalive(missing)),
    }
}

/// Whether the hop that decided the keepalive is to have another limit, which would do as well.
fn is_raised(choice: &KeepaliveChoice, recommended: &Recommended) -> bool {
    recommended.chain.iter().any(|link| choice.hop.as_ref() == Some(&link.hop) && link.from != link.to)
}

/// How many flows the goal takes, as a clause.
fn needed(outcome: &Outcome) -> Option<String> {
    let flows = flows_needed(outcome.plan.keep)?;
    Some(format!("to show {} takes {} flows", percent(outcome.plan.keep), grouped(flows)))
}

fn no_keepalive(missing: &NoKeepalive) -> String {
    match missing {
        NoKeepalive::NoLimit => {
            "No keepalive: there is neither a hop nor a timeout to stay below; name the hops with --hop."
                .to_owned()
        }
        NoKeepalive::NotCounted => {
            "No keepalive: every hop counts payload only, and no probe reaches its timer.".to_owned()
        }
        NoKeepalive::TooShort(shortest) => format!(
            "No keepalive: half of {} is less than a second, and systems take whole seconds.",
            limit(*shortest)
        ),
    }
}

fn were(count: u64) -> String {
    if count == 1 { "1 flow was".to_owned() } else { format!("{} flows were", grouped(count)) }
}

fn behind(choice: &KeepaliveChoice) -> String {
    match &choice.hop {
        Some(hop) => format!("'{hop}' ({})", limit(choice.limit)),
        None if choice.is_shown => "what the services are seen to close or lose connections for".to_owned(),
        None => format!("a timeout of {}", limit(choice.limit)),
    }
}

pub(super) fn timeout_reason(choice: &TimeoutChoice, outcome: &Outcome) -> String {
    let idle_from = outcome.plan.idle_from();
    let Proportion { count, of, high, .. } = choice.outcome.used_again;
    let kept = of.saturating_sub(count) as f64 / of.max(1) as f64;
    let cut = match count {
        0 => "none is cut".to_owned(),
        1 => "1 is cut".to_owned(),
        n => format!("{} are cut", grouped(n)),
    };
    let weak = if choice.firm {
        String::new()
    } else {
        format!(
            "; so few only show that it keeps more than {}{}",
            percent((1.0 - high).max(0.0)),
            needed(outcome).map_or(String::new(), |flows| format!(": {flows}"))
        )
    };
    format!(
        "keeps {} of the {} used again after {idle_from} of silence ({cut}){weak}",
        percent(kept),
        counted(of, "flow")
    )
}

pub(super) fn timeout_price(row: &TimeoutOutcome, outcome: &Outcome) -> String {
    let shorter =
        outcome.timeouts.iter().rfind(|other| other.refresh == row.refresh && other.timeout < row.timeout);
    let beside = shorter.map_or(String::new(), |shorter| {
        format!(
            " (the next shorter, {}, holds {} and cuts {} of the {})",
            limit(shorter.timeout),
            amount(shorter.entries.mean),
            grouped(shorter.used_again.count),
            counted(shorter.used_again.of, "flow")
        )
    });
    format!(
        "{} flow-table entries on average, {} at the peak{beside}",
        amount(row.entries.mean),
        amount(row.entries.peak)
    )
}

pub(super) fn keepalive_reason(choice: &KeepaliveChoice) -> String {
    if choice.is_shown {
        return format!(
            "the first probe comes after {}, which connections of every service are seen to survive",
            limit(choice.keepalive.time)
        );
    }
    format!(
        "the first probe comes after {}, half of {} or less, and all {} probes come before the limit, so that \
         a lost one does no harm",
        limit(choice.keepalive.time),
        behind(choice),
        choice.keepalive.probes
    )
}

pub(super) fn keepalive_price(choice: &KeepaliveChoice, outcome: &Outcome) -> String {
    let noticed = format!("a dead peer is noticed after {}", choice.keepalive.period());
    let Some(tried) = &choice.outcome else {
        return format!("what its probes cost was not measured, as all times tried are longer; {noticed}");
    };
    let probes = per_second(tried.probes, outcome.recorded);
    let bound = if tried.keepalive.time == choice.keepalive.time { "" } else { "at most " };
    format!(
        "{bound}{} probes/s ({} bytes/s with their replies); {noticed}",
        rate(probes),
        rate(probes * BYTES_OF_PROBE_AND_REPLY),
    )
}

pub(super) fn link_reason(link: &Link, outcome: &Outcome) -> String {
    let cuts = |cut: &Proportion| {
        format!(
            "cuts {} of the {} used again after idling; the goal is to keep {}",
            grouped(cut.count),
            counted(cut.of, "flow"),
            percent(outcome.plan.keep)
        )
    };
    match &link.reason {
        LinkReason::Keeps => format!("keeps {} of reused flows as it is", percent(outcome.plan.keep)),
        LinkReason::Untold => "the capture shows too little to judge it: left as it is".to_owned(),
        LinkReason::CutsTooMany(cut) => cuts(cut),
        LinkReason::Order => "limits must grow from the server outward".to_owned(),
        LinkReason::CannotBeSet(cut) => format!("{}, but its maker allows no such limit", cuts(cut)),
        LinkReason::Harmless => "its expiry ends no flow".to_owned(),
    }
}

pub(super) fn why_not(outcome: &Outcome, recommended: &Recommended) -> Vec<String> {
    let idle_from = outcome.plan.idle_from();
    let mut sentences = Vec::new();
    match &recommended.timeout {
        Ok(_) => {}
        Err(NoTimeout::NothingReused) => {
            sentences.push(format!("No timeout: no flow was used again after {idle_from} of silence."));
        }
        Err(NoTimeout::TooFew { reused, .. }) => sentences.push(format!(
            "No timeout: only {} used again after idling, {ENOUGH_REUSED} are the least{}.",
            were(*reused),
            needed(outcome).map_or(String::new(), |flows| format!(", and {flows}"))
        )),
        Err(NoTimeout::OutOfReach { .. }) => {
            sentences.push(format!(
                "No timeout: {}, and none up to there keeps the goal.",
                nothing_above(outcome)
            ));
        }
    }
    sentences.extend(recommended.keepalive.as_ref().err().map(no_keepalive));
    sentences
}

pub(super) fn cannot_tell(outcome: &Outcome) -> Vec<String> {
    let tally = &outcome.tally;
    let captures = tally.parts.len();
    let span = tally.parts.iter().map(|part| part.to.since(part.from)).max().unwrap_or_default();
    let capture = if captures > 1 { "The longest capture" } else { "The capture" };
    let mut sentences = vec![format!(
        "{capture} spans {span}: a silence of that length cannot be seen whole, and of those longer than {} less \
         than half; nothing is recommended above.",
        limit(reach(outcome))
    )];
    if outcome.stale_flows > 0 {
        sentences.push(format!(
            "{} had no close and {} silent when {} ended: whether they were used again is not shown; they count \
             as cut, not as used again.",
            counted(outcome.stale_flows, "flow"),
            if outcome.stale_flows == 1 { "was" } else { "were" },
            if captures > 1 { "its capture" } else { "the capture" },
        ));
    }
    sentences.push(
        "Entries are those of the flows in this capture; a box that sees other traffic too holds more."
            .to_owned(),
    );
    if outcome.timeouts.iter().any(|row| row.refresh == Refresh::AnyPacket && row.unknown > 0) {
        sentences.push(
            "Silences with segments missing from the capture are counted as unknown, and their entries as held."
                .to_owned(),
        );
    }
    if captures > 1 {
        sentences.push(match tally.may_span() {
            0 => "No flow can be in two of the captures: the counts are those of a run over all of them.".to_owned(),
            flows => format!(
                "A flow that spans two captures counts in each, and the silence between them in none. At most {} \
                 can do so: no count of flows differs by more from that of a run over the captures.",
                counted(flows, "flow")
            ),
        });
    }
    if tally.overlaps() {
        sentences.push("Some captures overlap in time: what is in two of them counts twice.".to_owned());
    }
    sentences
}

pub(super) fn merged_verdict(curves: &[SurvivalPlot]) -> String {
    match curves.iter().find(|curve| curve.basis == "any") {
        Some(curve) => format!(
            "MERGED DISTRIBUTIONS: {} of at least {IDLE_FROM} between any packets; {}.",
            counted(curve.followed, "silence"),
            curve.limits
        ),
        None => format!("MERGED DISTRIBUTIONS: no silence of at least {IDLE_FROM}."),
    }
}

pub(super) fn cannot_tell_merged() -> Vec<String> {
    vec![
        "A log among these was written by an earlier version and holds lengths of silences, not flows: what a timeout \
         would cut and hold, and what keepalive would save, takes logs of this version or the captures."
            .to_owned(),
        "A flow that spans two of the captures counts in each; the silence between them in neither."
            .to_owned(),
    ]
}

//! What a target sees of the plan, and the sentences that many of them need.

use crate::advice::block::{Language, Snippet};
use crate::advice::plan::{HopPlan, Plan};
use crate::time::Span;

/// A plan, and the hop that is to be set.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    /// `None`: an end, or a box of which the path says nothing.
    pub hop: Option<&'a HopPlan>,
}

/// What a target makes of it.
pub(super) struct Draft {
    pub changes: String,
    pub settings: Vec<Snippet>,
    pub apply: &'static str,
    pub check: &'static str,
    pub mind: Vec<String>,
}

/// A limit as a box takes it.
pub(super) struct Bounded {
    /// In the unit of the box.
    pub value: u64,
    /// Why it is not the planned one.
    pub mind: Option<String>,
}

pub(super) fn snippet(place: &'static str, language: Language, text: impl Into<String>) -> Snippet {
    Snippet { place, language, text: text.into() }
}

impl Context<'_> {
    /// Silence before the first probe, in seconds.
    pub fn time(&self) -> u64 {
        self.plan.keepalive.time.as_secs()
    }

    /// Time between unanswered probes, in seconds.
    pub fn interval(&self) -> u64 {
        self.plan.keepalive.interval.as_secs()
    }

    /// Number of unanswered probes.
    pub fn probes(&self) -> u32 {
        self.plan.keepalive.probes
    }

    /// How often payload must be sent.
    pub fn heartbeat(&self) -> Span {
        self.plan.heartbeat.unwrap_or(self.plan.keepalive.time)
    }

    /// `first probe after 20m of silence, then every 75s, given up after 9: …`
    pub fn probing(&self, interval: Span, probes: impl std::fmt::Display) -> String {
        let first = format!(
            "First probe after {} of silence, then every {interval}, given up after {probes} without an answer",
            self.plan.keepalive.time
        );
        match &self.plan.protects {
            Some(protects) => {
                format!("{first}: in time for '{}', which forgets after {}.", protects.hop, protects.limit)
            }
            None => format!("{first}."),
        }
    }

    /// The idle limit to set, in whole seconds.
    pub fn limit(&self) -> Span {
        let limit = match self.hop {
            Some(hop) if hop.to != Span::MAX => hop.to,
            Some(_) | None => self.plan.limit_in_front(),
        };
        Span::from_secs(limit.as_nanos().div_ceil(1_000_000_000))
    }

    /// The limit in units of `unit`, rounded up, as a box that takes `least` to `most` of them accepts it.
    pub fn limit_in(&self, unit: Span, least: u64, most: u64) -> Bounded {
        let limit = self.limit();
        let wanted = limit.as_nanos().div_ceil(unit.as_nanos().max(1));
        let value = wanted.clamp(least, most);
        let mind = (value != wanted).then(|| {
            format!("It takes {} to {}: {limit} is beyond that.", unit.times(least), unit.times(most))
        });
        Bounded { value, mind }
    }

    /// `Gives an idle connection up after 40m (now 5m 50s).`
    pub fn giving_up(&self, counts: &str) -> String {
        let limit = self.limit();
        match self.hop {
            Some(hop) if hop.now == Span::MAX => {
                format!("Gives a connection up after {limit} without {counts} (now never).")
            }
            Some(hop) if hop.now != hop.to => {
                format!("Gives a connection up after {limit} without {counts} (now {}).", hop.now)
            }
            Some(_) => format!("Gives a connection up after {limit} without {counts}, as it does now."),
            None => format!("Gives a connection up after {limit} without {counts}."),
        }
    }

    /// A block that says why there is nothing to set.
    pub fn useless(&self) -> Draft {
        Draft {
            changes: format!(
                "Nothing: TCP keepalive carries no payload, and {} {} nothing else. {}",
                self.unreached(),
                if self.plan.unreached.len() == 1 { "counts" } else { "count" },
                self.instead()
            ),
            settings: Vec::new(),
            apply: "",
            check: "",
            mind: Vec::new(),
        }
    }

    /// A block for a box that the path does not name.
    pub fn left_alone(&self, id: &str, presets: &[&str]) -> Draft {
        let named = presets.first().map_or_else(|| format!("{id}=LIMIT"), |preset| format!("{id}={preset}"));
        Draft {
            changes: format!(
                "Nothing: the path does not name this box, and what it is set to may be longer. Leave it as it is; if it is on \
                 the path, name it there (--hop {named}, with idle=… where it is not the default). Its limit has to be {} at \
                 least.",
                self.plan.limit_in_front()
            ),
            settings: Vec::new(),
            apply: "",
            check: "",
            mind: Vec::new(),
        }
    }

    /// What keepalive does not do on this path.
    pub fn beyond_keepalive(&self) -> Option<String> {
        (!self.plan.unreached.is_empty()).then(|| {
            format!(
                "Keepalive does not reach the timer of {}: payload only counts there. {} A proxy ends TCP: the \
                 probes of one end keep only the boxes on its side of it, so set both ends, or the proxy.",
                self.unreached(),
                self.instead()
            )
        })
    }

    /// `'alb' (60s) and 'edge' (5m)`.
    fn unreached(&self) -> String {
        let names: Vec<String> =
            self.plan.unreached.iter().map(|hop| format!("'{}' ({})", hop.hop, hop.limit)).collect();
        match names.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
            _ => names.concat(),
        }
    }

    /// What helps where keepalive does not.
    fn instead(&self) -> String {
        let each_way = if self.plan.unreached.iter().any(|hop| hop.each_way) { ", each way," } else { "" };
        format!(
            "Let the application send something{each_way} at least every {}, or raise that timeout above its \
             longest silence.",
            self.heartbeat()
        )
    }

    /// What else would do for the hop.
    pub fn place(&self) -> Option<String> {
        let hop = self.hop?;
        (!hop.counts_packets && hop.now < hop.to).then(|| {
            format!(
                "Either this, or payload at least every {}: then the limit may stay as it is.",
                hop.now.divided_by(2)
            )
        })
    }
}

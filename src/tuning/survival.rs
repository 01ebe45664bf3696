//! The share of silences that outlast an age, from silences of which many were not seen to their end.
//!
//! The estimate is the product limit of Kaplan & Meier, "Nonparametric Estimation from Incomplete
//! Observations", JASA 53 (1958) 457–481: at each age at which silences ended, the share of those then *at
//! risk* (followed at that age) that did not. Silences still open at the end of the capture count as at
//! risk until then; those that came under observation late, from then on (delayed entry: Klein &
//! Moeschberger, *Survival Analysis*, 2nd ed. 2003, 4.6). Dropping the open ones, or taking their age for
//! their length, would make long silences look rarer than they are.
//!
//! The band is pointwise: Greenwood's variance (M. Greenwood, *The Natural Duration of Cancer*, Reports on
//! Public Health and Medical Subjects 33, HMSO 1926) on the scale log(−log S), which keeps it between 0 and
//! 1 (Kalbfleisch & Prentice, *The Statistical Analysis of Failure Time Data*, 1980, 1.3). That scale knows
//! no 0 and no 1; there the bound of a share of which no case was seen serves (Clopper & Pearson, Biometrika
//! 26 (1934) 404–413): with n at risk it is (α/2)^(1/n). Bands of quantiles: Brookmeyer & Crowley,
//! Biometrics 38 (1982) 29–41.
//!
//! Bands take silences for independent. Those of one flow often are not (a heartbeat has one length all day):
//! where few flows make most silences, the band is narrower than the truth.

use super::risk_table::{RiskTable, Tally};
use crate::time::Span;
use std::fmt;

/// Silences that must be at risk for an estimate to be called firm. Below some ten, one silence more or less
/// moves the curve by a tenth; where to stop drawing it: Pocock, Clayton & Altman, Lancet 359 (2002) 1686–89.
pub const ENOUGH_AT_RISK: u64 = 10;

/// How sure a band is, at each age by itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Confidence {
    /// 90 %.
    P90,
    /// 95 %.
    #[default]
    P95,
    /// 99 %.
    P99,
}

impl Confidence {
    /// As a share.
    pub const fn share(self) -> f64 {
        match self {
            Confidence::P90 => 0.90,
            Confidence::P95 => 0.95,
            Confidence::P99 => 0.99,
        }
    }

    /// What lies above the band, and what below it.
    const fn tail(self) -> f64 {
        match self {
            Confidence::P90 => 0.05,
            Confidence::P95 => 0.025,
            Confidence::P99 => 0.005,
        }
    }

    /// Standard deviations of a normal distribution to either side.
    pub(super) const fn deviations(self) -> f64 {
        match self {
            Confidence::P90 => 1.644_853_626_951_472_2,
            Confidence::P95 => 1.959_963_984_540_054,
            Confidence::P99 => 2.575_829_303_548_900_4,
        }
    }
}

/// Shares between which the true one lies; 0 ≤ low ≤ estimate ≤ high ≤ 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Band {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// The curve at one age at which silences ended, were left open, or came under observation. It stays as it
/// is up to the next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Step {
    /// The age.
    pub at: Span,
    /// Silences followed up to this age, those that were left at it included.
    pub at_risk: u64,
    /// Of these, how many ended.
    pub ended: u64,
    /// Of these, how many were followed no further.
    pub open: u64,
    /// Silences of this age that came under observation; at risk from here on.
    pub entered: u64,
    /// Share of silences that outlast this age, from 1 to 0.
    pub survival: f64,
    /// Its band.
    pub band: Band,
}

/// What stands behind a reading.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Standing {
    /// At least [`ENOUGH_AT_RISK`] silences at every age up to this one at which some ended.
    Firm,
    /// Fewer.
    Thin,
    /// No silence was followed so far.
    Beyond,
}

/// The curve at an asked age.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reading {
    /// The age.
    pub at: Span,
    /// Silences followed up to it.
    pub at_risk: u64,
    /// Share of silences that are longer. `None`: beyond the oldest silence, which was still open.
    pub survival: Option<f64>,
    /// Between which it lies.
    pub band: Band,
    /// What stands behind it.
    pub standing: Standing,
}

/// The age by which a share of the silences has ended. Each `None` when it is not reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quantile {
    /// The estimate.
    pub at: Option<Span>,
    /// Lower end of its band.
    pub from: Option<Span>,
    /// Upper end of its band.
    pub to: Option<Span>,
}

/// A survival curve.
#[derive(Clone, PartialEq, Debug)]
pub struct SurvivalCurve {
    confidence: Confidence,
    steps: Vec<Step>,
    followed: u64,
    left_out: u64,
}

impl SurvivalCurve {
    /// The curve of these silences. Memory: one step for each age of the table.
    pub fn of(table: &RiskTable, confidence: Confidence) -> Self {
        let mut steps = Vec::new();
        let mut at_risk = table.followed_whole();
        let (mut survival, mut greenwood, mut high) = (1.0, 0.0, 1.0);
        for (at, tally) in table.ages() {
            if tally.ended > 0 && at_risk > 0 {
                let (risk, ended) = (at_risk as f64, tally.ended as f64);
                if tally.ended >= at_risk {
                    survival = 0.0;
                } else if survival > 0.0 {
                    survival *= (risk - ended) / risk;
                    greenwood += ended / (risk * (risk - ended));
                }
            }
            // Nobody at risk, nobody ended: what was known stays.
            let none_seen = none_seen(confidence, at_risk);
            let band = if survival >= 1.0 {
                Band { low: none_seen, high: 1.0 }
            } else if survival <= 0.0 {
                if tally.ended > 0 {
                    high = f64::min(high, 1.0 - none_seen);
                }
                Band { low: 0.0, high }
            } else {
                log_log_band(confidence, survival, greenwood)
            };
            high = band.high;
            let Tally { ended, open, entered } = tally;
            steps.push(Step { at, at_risk, ended, open, entered, survival, band });
            at_risk = at_risk.saturating_sub(ended.saturating_add(open)).saturating_add(entered);
        }
        SurvivalCurve { confidence, steps, followed: table.followed(), left_out: table.left_out() }
    }

    /// How sure its bands are.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// All steps, by age.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Silences that were followed.
    pub fn followed(&self) -> u64 {
        self.followed
    }

    /// At most `most` steps to draw the curve by: of each equal part of a logarithmic axis the last one.
    /// Their values are exact; what is lost is when, within its part, the curve fell.
    pub fn outline(&self, most: usize) -> Vec<Step> {
        let (Some(first), Some(last)) = (self.steps.first(), self.steps.last()) else { return Vec::new() };
        if self.steps.len() <= most {
            return self.steps.clone();
        }
        let log = |step: &Step| (step.at.as_nanos().max(1) as f64).ln();
        let (low, width) = (log(first), log(last) - log(first));
        let part = |step: &Step| ((log(step) - low) / width * most as f64) as usize;
        let parts = self
            .steps
            .chunk_by(|a, b| part(a).min(most.saturating_sub(1)) == part(b).min(most.saturating_sub(1)));
        parts.filter_map(|part| part.last().copied()).collect()
    }

    /// The share of silences longer than `at`: what a timeout of `at` would cut.
    pub fn at(&self, at: Span) -> Reading {
        let next = self.steps.partition_point(|step| step.at <= at);
        let before = next.checked_sub(1).map(|last| self.steps[last]);
        // At risk at an age between two steps are those of the later one.
        let risk_from = self.steps.partition_point(|step| step.at < at);
        let at_risk = self.steps.get(risk_from).map_or(0, |step| step.at_risk);
        let (survival, band) = match before {
            None => (1.0, Band { low: none_seen(self.confidence, at_risk), high: 1.0 }),
            Some(step) => (step.survival, step.band),
        };
        let beyond = at_risk == 0 && risk_from == self.steps.len();
        let standing = match self.firm_until() {
            _ if beyond => Standing::Beyond,
            Some(until) if at <= until => Standing::Firm,
            Some(_) | None => Standing::Thin,
        };
        if beyond && survival > 0.0 {
            return Reading { at, at_risk, survival: None, band: Band { low: 0.0, ..band }, standing };
        }
        Reading { at, at_risk, survival: Some(survival), band, standing }
    }

    /// The age by which the share `ended` of silences has ended.
    pub fn quantile(&self, ended: f64) -> Quantile {
        // Shares are products of rounded quotients: one that is a half may come out a little above.
        const ROUNDING: f64 = 1e-9;
        let rest = 1.0 - ended + ROUNDING;
        let first =
            |below: &dyn Fn(&Step) -> bool| self.steps.iter().find(|step| below(step)).map(|step| step.at);
        Quantile {
            at: first(&|step| step.survival <= rest),
            // Before the first end the band is that of the number at risk: it bounds shares, it dates no end.
            from: first(&|step| step.survival < 1.0 && step.band.low <= rest),
            to: first(&|step| step.survival < 1.0 && step.band.high <= rest),
        }
    }

    /// The age by which half of the silences have ended.
    pub fn median(&self) -> Quantile {
        self.quantile(0.5)
    }

    /// The greatest age up to which the curve is [firm](Standing::Firm). `None`: nowhere.
    pub fn firm_until(&self) -> Option<Span> {
        let mut until = None;
        for step in &self.steps {
            if step.at_risk >= ENOUGH_AT_RISK {
                until = Some(step.at);
            } else if step.ended > 0 {
                break;
            }
        }
        until
    }

    /// What cannot be said from a capture of this length.
    pub fn limits(&self, capture: Span) -> SurvivalLimits {
        SurvivalLimits {
            firm_until: self.firm_until(),
            oldest: self.steps.last().map(|step| step.at),
            capture,
            followed: self.followed,
            left_out: self.left_out,
        }
    }
}

/// How far a curve goes, and why not further. Its sentence is for reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SurvivalLimits {
    /// The greatest age up to which the curve is firm. `None`: nowhere.
    pub firm_until: Option<Span>,
    /// The age of the oldest silence. `None`: there was none.
    pub oldest: Option<Span>,
    /// Length of the capture: no silence can be followed for longer.
    pub capture: Span,
    /// Silences that were followed.
    pub followed: u64,
    /// Silences that nothing could be learned from, as they ran when the capture began.
    pub left_out: u64,
}

impl fmt::Display for SurvivalLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SurvivalLimits { firm_until, oldest, capture, followed, left_out } = *self;
        match (firm_until, oldest) {
            (_, None) => write!(f, "nothing can be said: no silence was followed in {capture} of capture")?,
            (None, Some(_)) => write!(
                f,
                "nothing firm can be said: {followed} silence{} followed, fewer than {ENOUGH_AT_RISK} at once",
                if followed == 1 { " was" } else { "s were" }
            )?,
            (Some(until), Some(oldest)) => {
                write!(
                    f,
                    "nothing firm can be said above {until}: fewer than {ENOUGH_AT_RISK} silences were followed \
                     for longer"
                )?;
                if oldest > until {
                    write!(f, " (the oldest for {oldest})")?;
                }
                write!(f, ", in {capture} of capture")?;
            }
        }
        if left_out > 0 {
            write!(f, "; {left_out} that ran when it began are left out, as their age is not known")?;
        }
        Ok(())
    }
}

/// The least share that is likely to show no case in `cases`: its exact bound, one-sided.
fn none_seen(confidence: Confidence, cases: u64) -> f64 {
    if cases == 0 { 0.0 } else { confidence.tail().powf(1.0 / cases as f64) }
}

/// The band around a share strictly between 0 and 1.
fn log_log_band(confidence: Confidence, survival: f64, greenwood: f64) -> Band {
    let log = survival.ln();
    let spread = (confidence.deviations() * greenwood.sqrt() / log.abs()).exp();
    let (low, high) = (survival.powf(spread), survival.powf(1.0 / spread));
    Band { low: low.clamp(0.0, survival), high: high.clamp(survival, 1.0) }
}

#[cfg(test)]
mod tests;

//! What the silences of real traffic say about the timeout and the keepalive to set.

mod risk_table;
mod survival;

pub use risk_table::{Resolution, RiskTable, Silence, SilenceEnd};
pub use survival::{
    Band, Confidence, ENOUGH_AT_RISK, Quantile, Reading, Standing, Step, SurvivalCurve, SurvivalLimits,
};

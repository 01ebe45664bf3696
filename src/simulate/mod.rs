//! What each hop would have done to each flow.
//!
//! A [`HopState`] follows one flow past one hop: it is told every silence of the flow, compares those that
//! the hop's timer can see with the timer that holds in that state of the connection, and says at the end
//! what the hop would have done. A flow that never had a silence as long as the shortest timer needs none:
//! it survives. Without hops, a [`SurveyState`] asks the same of a row of known limits.
//!
//! Each hop is judged alone, as if the others let everything pass; [`first_cut`] says which acts first.
//! Only the first expiry is certain: after it the ends would have reconnected, and what the capture shows
//! later belongs to a flow that would not have existed. Later ones are counted.

mod hop_state;
mod limit;
mod survey;
mod verdict;

pub use hop_state::{Aftermath, HopState};
pub use limit::{limit_of, listens};
pub use survey::{Survey, SurveyLimit, SurveyRow, SurveyState};
pub use verdict::{Caveat, Doubt, Lapse, Outcome, OutcomeKind, Refreshed, Spared, Verdict, first_cut};

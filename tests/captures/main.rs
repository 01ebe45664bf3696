//! Captures through the whole analysis: recorded ones against what their sockets experienced, generated
//! ones against the stories they tell.

mod expectation;
mod recorded;

//! Captures through the whole analysis: recorded ones against what their sockets experienced, generated
//! ones against the stories they tell.

mod accusations;
mod causes;
mod expectation;
mod heartbeats;
mod independence;
mod inference;
mod lab;
mod midway;
#[path = "../../fixtures/make/mod.rs"]
mod make;
mod observed;
mod recorded;
#[path = "../run/mod.rs"]
mod run;
mod stories;
mod wire;

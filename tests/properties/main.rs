//! What must hold of every capture, tried on random conversations: things that must change nothing, and
//! sums that must come out.

#[path = "../../fixtures/make/mod.rs"]
#[expect(dead_code, reason = "tests of the stories use the rest")]
mod make;
#[path = "../run/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod run;

mod clocks;
mod counts;
mod growth;
mod networks;
mod midway;
mod lives;
mod same;
mod traffic;
mod tuning;

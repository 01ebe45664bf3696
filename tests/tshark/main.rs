//! tshark as the second opinion on recorded captures: on clean ones it must agree, and where it is known
//! to be wrong it must be wrong in the known way, so that a change on either side is noticed.
//!
//! Versions tried: 4.0.17. Without tshark the tests say SKIPPED and pass, but fail where `CI=true`.

#[path = "../../fixtures/make/mod.rs"]
#[expect(dead_code, reason = "tests of the stories use the rest")]
mod make;
#[path = "../run/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod run;

mod dissection;
mod disagreements;
mod recorders;
mod agreement;
mod proof;
mod recount;

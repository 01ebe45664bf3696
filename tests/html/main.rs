//! The HTML page in a real browser: headless Chromium, told what to do through ChromeDriver.
//!
//! Versions tried: 156. Without them the tests say SKIPPED and pass, but fail where `CI=true`.

#[path = "../../benches/traffic.rs"]
#[allow(dead_code, reason = "the benches use the rest")]
mod traffic;

mod browser;
mod page;

mod charts;
mod looks;
mod safety;
mod tune;
mod use_by_hand;

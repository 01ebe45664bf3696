//! The words for what a run may take of the machine.

use crate::pipeline::RunOptions;
use clap::Args;

/// More workers than this do nothing but wait for the reader.
const MOST_WORKERS: usize = 64;

/// What a run may take, in words.
#[derive(Args, Debug)]
#[command(next_help_heading = "Resources")]
pub struct RunWords {
    /// Work in this many threads [default: as many as processors, up to 4]
    ///
    /// The report does not depend on it. One of them reads, and follows flows when the others fall behind.
    #[arg(long, value_name = "N", value_parser = workers, allow_negative_numbers = true)]
    pub workers: Option<usize>,

    /// Hold at most this many flows at once [default: 16777216]
    ///
    /// About 256 bytes each. Beyond it closed flows are given up first, then the ones that spoke last; the
    /// report says how many.
    #[arg(long, value_name = "N", value_parser = flows, allow_negative_numbers = true)]
    pub max_flows: Option<usize>,
}

fn workers(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if (1..=MOST_WORKERS).contains(&count) => Ok(count),
        _ => Err(format!("write a whole number from 1 to {MOST_WORKERS}")),
    }
}

fn flows(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count >= 1 => Ok(count),
        _ => Err("write a whole number from 1 up".to_owned()),
    }
}

impl RunWords {
    /// What they mean.
    pub fn options(&self) -> RunOptions {
        let usual = RunOptions::default();
        RunOptions {
            workers: self.workers.unwrap_or(usual.workers),
            max_flows: self.max_flows.unwrap_or(usual.max_flows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_that_help_states_is_the_one_used() {
        assert_eq!(RunOptions::default().max_flows, 16_777_216);
        assert!(RunOptions::default().workers <= 4);
    }
}

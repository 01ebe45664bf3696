//! Claims about the room as a whole; those about one part stand beside it.

mod damaged;
mod filtering;
mod formats;
mod live;
mod merging;
mod mutated;
mod recording;
mod old_formats;
pub(super) mod samples;
mod speed;
mod times;

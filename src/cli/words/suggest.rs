//! Words that a shell completes although others are taken as well.

use crate::policy::presets::Preset;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};
use std::ffi::OsStr;

/// A parser that takes what `inner` takes, and offers `ids` to a shell.
#[derive(Clone)]
pub(super) struct Suggesting<P> {
    inner: P,
    ids: fn() -> Vec<&'static str>,
}

/// `inner`, with the ids of boxes, which a hop may name.
pub(super) fn boxes<P: TypedValueParser>(inner: P) -> Suggesting<P> {
    Suggesting { inner, ids: || ids(|preset| matches!(preset, Preset::Middlebox(_))) }
}

/// `inner`, with the ids of endpoints, which a keepalive may name.
pub(super) fn endpoints<P: TypedValueParser>(inner: P) -> Suggesting<P> {
    Suggesting { inner, ids: || ids(|preset| matches!(preset, Preset::Endpoint(_))) }
}

/// `inner`, with the ids of all presets.
pub(super) fn presets<P: TypedValueParser>(inner: P) -> Suggesting<P> {
    Suggesting { inner, ids: || ids(|_| true) }
}

fn ids(is_wanted: fn(&Preset) -> bool) -> Vec<&'static str> {
    Preset::all().filter(is_wanted).map(Preset::id).collect()
}

impl<P: TypedValueParser> TypedValueParser for Suggesting<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Self::Value, Error> {
        self.inner.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.ids)().into_iter().map(PossibleValue::new)))
    }
}

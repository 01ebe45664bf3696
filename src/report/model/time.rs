//! Instants and lengths of time as machine output has them.

use crate::time::{Span, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A length of time; in JSON a number of seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Seconds(pub Span);

/// An instant; in JSON RFC 3339 UTC with nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Moment(pub Timestamp);

impl From<Span> for Seconds {
    fn from(span: Span) -> Self {
        Seconds(span)
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Moment(at)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fits_f64() {
            return serializer.serialize_f64(self.0.as_secs_f64());
        }
        // A number of JSON may have any precision, one of a processor may not.
        let mut decimal = self.0.to_decimal();
        if !decimal.contains('.') {
            decimal.push_str(".0");
        }
        RawValue::from_string(decimal).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "description": "A length of time in seconds." })
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An instant: RFC 3339, UTC, with nanoseconds. \
                Of a clock before 1970: seconds since then, with a minus sign and a note.",
            "examples": ["2023-11-14T22:13:20.000000001Z"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_keep_their_nanoseconds_however_long_they_are() {
        for (nanos, text) in [
            (0, "0.0"),
            (7_380_000_000_000, "7380.0"),
            (9_007_199_254_740_991, "9007199.254740991"),
            (9_007_199_254_740_993, "9007199.254740993"),
            (123_456_789_123_456_789, "123456789.123456789"),
            (20_000_000_000_000_000, "20000000.0"),
        ] {
            let length = Seconds(Span::from_nanos(nanos));
            assert_eq!(serde_json::to_string(&length).unwrap(), text);
            assert!(serde_json::to_value(length).unwrap().is_number());
        }
    }
}

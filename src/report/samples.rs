//! Typical reports.

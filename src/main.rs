//! The `idlescope` command.
fn main() {}

//! railcheck.
fn main() {}

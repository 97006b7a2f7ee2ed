//! `diagnosis-worker`: the bundled worker of the diagnosis run pipeline.

fn main() {}

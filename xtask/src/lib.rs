//! Tasks of development that cargo has no command for.

pub mod binaries;
pub mod suite;
pub mod tables;

//! Types that statements make: enums, composite types, ranges and domains.

mod alter;
mod create;
mod domain;
mod label;

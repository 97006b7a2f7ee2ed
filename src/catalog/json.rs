//! The JSON of `railcheck catalog`.

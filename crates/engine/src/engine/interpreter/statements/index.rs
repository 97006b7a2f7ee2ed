//! Indexes: CREATE INDEX, their clones on partitions, and the actions of ALTER INDEX.

mod clone;
mod create;

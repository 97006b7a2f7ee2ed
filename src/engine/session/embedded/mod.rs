//! A session with the PostgreSQL of pglite-oxide, inside this process, or a stand-in that cannot be
//! opened where it is not built in.

// The targets are those of `Cargo.toml`.
#[cfg_attr(
    all(
        feature = "embedded",
        any(
            all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")),
            all(target_os = "macos", target_arch = "aarch64"),
            all(target_os = "windows", target_arch = "x86_64"),
        )
    ),
    path = "present.rs"
)]
#[cfg_attr(
    not(all(
        feature = "embedded",
        any(
            all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")),
            all(target_os = "macos", target_arch = "aarch64"),
            all(target_os = "windows", target_arch = "x86_64"),
        )
    )),
    path = "absent.rs"
)]
mod build;

pub use build::{BUILT_IN, EmbeddedSession};

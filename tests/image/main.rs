//! The image `acceptd` in a real engine, podman with runc: `just test-image`.
//! These run containers, which `cargo test` alone must not ask of anybody.

mod build;
mod container;
mod hardened;
mod seccomp;

//! The image `acceptd` in a real engine: podman by `just test-image`, Docker by
//! `just test-docker`. These run containers, which `cargo test` alone must not
//! ask of anybody.

mod archive; // podman alone
mod builders; // Docker alone
mod compose; // Docker alone
mod container;
mod copied;
mod engine;
mod families;
mod hardened;
mod health;
mod pod; // podman alone
mod seccomp;
mod stop;

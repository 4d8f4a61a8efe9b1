//! Servers on three hosts behind HAProxy, replaced and cut off under load: no
//! request fails. `just test-rollout` runs this in a network of its own.

mod clients;
mod network;
mod proxy;
mod replace;
mod server;

//! `--bind`: the address, or no address, as core's parser has it.
#![no_main]

use acceptd::address::Address;
use core::net::{IpAddr, SocketAddr};
use libfuzzer_sys::fuzz_target;
use rustix::net::addr::SocketAddrArg;

fuzz_target!(|text: &[u8]| {
    let oracle: Option<IpAddr> = core::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok());
    let mut address = Address::UNSPECIFIED;
    let taken = address.set(text).map(|()| {
        address.set_port(9696);
        address.as_any()
    });
    let taken = taken.map(|any| SocketAddr::try_from(any).expect("AF_INET or AF_INET6"));
    assert_eq!(taken, oracle.map(|ip| SocketAddr::new(ip, 9696)));
});

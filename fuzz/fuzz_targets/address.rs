//! `--bind`: the address, or no address, as core's parser has it.
#![no_main]

use acceptd::options::Options;
use core::net::IpAddr;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if text.contains(&0) {
        return; // it would end the argument
    }
    let oracle: Option<IpAddr> = core::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok());
    let mut options = Options::default();
    let arguments = [&b"fork"[..], b"--bind", text];
    let parsed = options.parse(arguments.into_iter(), None);
    let taken = parsed.is_ok().then(|| options.address().ip());
    assert_eq!(taken, oracle);
});

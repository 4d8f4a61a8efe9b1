//! The head of a request, against RFC 9112 once more by way of whole strings;
//! and the verdict stands however the network cut the bytes up.
#![no_main]

use acceptd::http::{Method, Request, Verdict, parse};
use libfuzzer_sys::fuzz_target;
use oracle::oracle;

#[path = "../../src/http/tests/oracle.rs"]
mod oracle;

fuzz_target!(|received: &[u8]| {
    let verdict = parse(received);
    assert_eq!(verdict, oracle(received));
    // What was judged before more came is judged no differently after.
    let mut cuts = (0..received.len()).map(|end| (end, parse(&received[..end])));
    if let Some((end, early)) = cuts.find(|(_, early)| *early != Verdict::Incomplete) {
        assert_eq!(early, verdict, "cut at {end}");
    }
});

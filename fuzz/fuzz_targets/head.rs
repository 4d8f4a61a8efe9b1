//! Compares the parser of heads with a second one that works on whole strings. The verdict
//! must not depend on how the network cuts the bytes.
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

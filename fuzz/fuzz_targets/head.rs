//! The head of a request, against RFC 9112 once more by way of whole strings;
//! and the verdict stands however the network cut the bytes up.
#![no_main]

use acceptd::http::{Verdict, parse};
use libfuzzer_sys::fuzz_target;
use oracle::oracle;

#[path = "../../src/http/tests/oracle.rs"]
mod oracle;

fuzz_target!(|received: &[u8]| {
    let verdict = parse(received);
    assert_eq!(verdict, oracle(received));
    // What was judged before more came is judged no differently after.
    for end in 0..received.len() {
        match parse(&received[..end]) {
            Verdict::Incomplete => {}
            Verdict::NotHttp => {
                assert_eq!(verdict, Verdict::NotHttp, "cut at {end}");
                break;
            }
            Verdict::Request { head_only, .. } => {
                let same =
                    matches!(verdict, Verdict::Request { head_only: now, .. } if now == head_only);
                assert!(same, "cut at {end}");
                break;
            }
        }
    }
});

//! The command line, against a second parser with a table of its own and std's
//! numbers and addresses. An argument a line; a first line `PORT=..` is the
//! environment's.
#![no_main]

use acceptd::options::{Command, Options};
use libfuzzer_sys::fuzz_target;
use oracle::oracle;
use specs::{Kind, SPECS};

#[path = "options/oracle.rs"]
mod oracle;
#[path = "options/specs.rs"]
mod specs;

fuzz_target!(|input: &[u8]| {
    if input.contains(&0) {
        return; // it would end an argument
    }
    let mut arguments: Vec<&[u8]> = input.split(|&byte| byte == b'\n').collect();
    let port = arguments[0].strip_prefix(b"PORT=");
    if port.is_some() {
        arguments.remove(0);
    }
    let mut options = Options::default();
    match (
        options.parse(arguments.iter().copied(), port),
        oracle(&arguments, port),
    ) {
        (Ok(()), Ok(expected)) => {
            assert_eq!(options.command, expected.command);
            if matches!(options.command, Command::Help | Command::Version) {
                return; // the other options do not matter
            }
            assert_eq!(options.body, expected.body);
            assert_eq!(options.target, expected.target);
            assert_eq!(options.headers(), expected.headers);
            assert_eq!(options.address().ip(), expected.ip);
            for spec in SPECS {
                if !matches!(
                    spec.kind,
                    Kind::Address | Kind::Text | Kind::Target | Kind::Field
                ) {
                    let (got, wanted) = (options.number(spec.name), expected.number(spec.word));
                    assert_eq!(got, wanted, "{}", spec.word);
                }
            }
        }
        (Err(refusal), Err((subject, value))) => {
            let lossy = String::from_utf8_lossy;
            assert_eq!(lossy(refusal.subject), lossy(subject));
            assert_eq!(refusal.value.map(lossy), value.map(lossy));
            assert!(!refusal.reason.is_empty(), "a refusal says why");
        }
        (Ok(_), Err((subject, _))) => panic!("taken: {}", String::from_utf8_lossy(subject)),
        (Err(refusal), Ok(_)) => panic!("refused: {}", String::from_utf8_lossy(refusal.subject)),
    }
});

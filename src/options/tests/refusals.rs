//! What is refused, with which reason and which hint.

use super::{command, fork, parse, refused};
use std::{format, vec};

#[test]
fn contradictions_are_refused() {
    for (line, message) in [
        (
            &["iterative", "--reap", "never"][..],
            "--reap: no option of this model",
        ),
        (
            &["prefork", "--max-children=3"],
            "--max-children: no option of this model",
        ),
        (
            &["thread", "--workers=3"],
            "--workers: no option of this model",
        ),
        (&["probe", "--body", "x"], "--body: no option of this model"),
        (&["fork", "fork"], "fork: no option of this model"),
        (
            &["fork", "--max-children=3", "--reap=never"],
            "--max-children: needs --reap signal or before-fork",
        ),
        (
            &["fork", "--reap=ignore", "--max-children=3"],
            "--max-children: needs --reap signal or before-fork",
        ),
        (
            &["fork", "--body=x", "--status=204"],
            "--body: status 204, 205 and 304 have none",
        ),
        (
            &["probe", "--connect", "--target=/x"],
            "--connect: asks for nothing: without --target and --header",
        ),
        (
            &["probe", "--header=A: b", "--connect"],
            "--connect: asks for nothing: without --target and --header",
        ),
        (
            &["fork", "--verbose=1"],
            "--verbose: '1' is not wanted: it takes no value",
        ),
        (
            &["fork", "--help="],
            "--help: '' is not wanted: it takes no value",
        ),
        (&["fork", "--port"], "--port: needs a value"),
    ] {
        refused(line, message);
    }
}

#[test]
fn a_slip_gets_a_hint_and_another_word_none() {
    for (line, message) in [
        (
            &["fork", "--sleep", "3"][..],
            "3: no option of this model; did you mean --sleep=SECONDS?",
        ),
        (
            &["fork", "--keep-alive", "3"],
            "3: no option of this model; did you mean --keep-alive=SECONDS?",
        ),
        (
            &["fork", "--prot", "1"],
            "--prot: no option of this model; did you mean --port?",
        ),
        (
            &["fork", "--keepalive"],
            "--keepalive: no option of this model; did you mean --keep-alive?",
        ),
        (
            &["fork", "--max-childre=1"],
            "--max-childre: no option of this model; did you mean --max-children?",
        ),
        (
            &["fork", "--reap=singal"],
            "--reap: 'singal' is not a way (signal|before-fork|ignore|never); did you mean signal?",
        ),
        (
            &["forks"],
            "MODEL: 'forks' is not one of iterative, fork, process, prefork, thread, epoll, probe; \
             did you mean fork?",
        ),
        (
            &["help"],
            "MODEL: 'help' is not one of iterative, fork, process, prefork, thread, epoll, probe; \
             did you mean --help?",
        ),
        (
            &["version"],
            "MODEL: 'version' is not one of iterative, fork, process, prefork, thread, epoll, probe; \
             did you mean --version?",
        ),
        (
            &["fork", "--host", "::"],
            "--host: no option of this model; did you mean --bind?",
        ),
        (
            &["probe", "-p", "80"],
            "-p: no option of this model; did you mean --port?",
        ),
        (&["fork", "--frob", "3"], "--frob: no option of this model"),
        (&["fork", "--sleep", "x"], "x: no option of this model"),
        (&["fork", "-x"], "-x: no option of this model"),
        (
            &["fork", "--a-word-that-is-longer-than-any-option"],
            "--a-word-that-is-longer-than-any-option: no option of this model",
        ),
    ] {
        refused(line, message);
    }
    // A hint never names what the model does not take, and another model's option is no slip.
    refused(
        &["iterative", "--reap=never"],
        "--reap: no option of this model",
    );
    refused(
        &["iterative", "--workesr"],
        "--workesr: no option of this model",
    );
}

#[test]
fn a_body_that_only_some_responses_have_is_accepted() {
    let options = fork(&["--body=x", "--status=204", "--every=2"]);
    assert_eq!(options.body, Some(&b"x"[..]));
}

#[test]
fn a_target_is_a_path_of_up_to_8000_bytes() {
    let path = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
    let longest = path(8000);
    let options = parse(&["probe", "--target", &longest]).expect("it fits");
    assert_eq!(options.target, longest.as_bytes());
    for target in ["", "a", "http://a/", "/ /", "/\u{7f}", &path(8001)] {
        let message = command(&["probe", "--target", target]).expect_err(target);
        assert!(message.contains(" is not a path"), "{message}");
    }
}

#[test]
fn a_field_that_the_response_could_not_carry_is_refused() {
    let form = "a field (NAME: VALUE, NAME a token, VALUE on one line)";
    let own = "yours to set: acceptd says how the response is framed";
    for (field, reason) in [
        ("", form),
        ("A", form),
        (": b", form),
        ("A : b", form),
        ("A b: c", form),
        ("A: b\r\nC: d", form),
        ("A: b\0", form),
        ("Connection: close", own),
        ("content-LENGTH: 3", own),
        ("Transfer-Encoding: chunked", own),
    ] {
        refused(
            &["fork", "--header", field],
            &format!("--header: '{field}' is not {reason}"),
        );
    }
    assert_eq!(
        fork(&["--header", "A:\tb \u{e9}"]).headers(),
        ["A:\tb \u{e9}".as_bytes()]
    );
}

#[test]
fn sixteen_fields_and_1536_bytes_fit_and_no_more() {
    let too_many = "one of the first 16 fields, and no more fit";
    let too_long = "short enough: 1536 bytes for all fields together";
    let mut line = vec!["fork"];
    line.extend(["--header=A: b"; 16]);
    assert_eq!(parse(&line).expect("16 fit").headers().len(), 16);
    line.push("--header=C: d");
    refused(&line, &format!("--header: 'C: d' is not {too_many}"));

    let field = |bytes: usize| format!("A:{}", "b".repeat(bytes - 2 - b"\r\n".len()));
    let (longest, half) = (field(1536), field(768));
    assert_eq!(fork(&["--header", &longest]).headers().len(), 1);
    let halves = ["--header", &half, "--header", &half];
    assert_eq!(fork(&halves).headers().len(), 2);
    for line in [
        &["fork", "--header", &field(1537)][..],
        &["fork", "--header", &longest, "--header=A:"],
    ] {
        let message = command(line).expect_err("too long");
        assert!(message.ends_with(too_long), "{message}");
    }
}

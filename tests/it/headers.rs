//! What the response is made of: `--status`, `--body`, `--header`.

use crate::server::{GET, each_server};

fn responds(options: &[&str], expected: &str) {
    each_server(options, |server| {
        assert_eq!(String::from_utf8_lossy(&server.send(GET)), expected);
    });
}

#[test]
fn status_and_body_are_as_asked() {
    responds(
        &["--status=503", "--body=later\n"],
        "HTTP/1.1 503 Service Unavailable\r\nConnection: Close\r\nContent-Length: 6\r\n\r\nlater\n",
    );
    responds(
        &["--status=204"],
        "HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n",
    );
}

/// What stand-ins are asked for most: a redirect, a challenge, an API.
#[test]
fn fields_are_sent_as_given_and_in_their_order() {
    responds(
        &[
            "--status=302",
            "--header=Location: /login",
            "--body=",
            "--header",
            "Set-Cookie: a=b; Secure",
            "--header=Set-Cookie: c=d",
        ],
        "HTTP/1.1 302 Found\r\nConnection: Close\r\nLocation: /login\r\n\
         Set-Cookie: a=b; Secure\r\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n",
    );
    responds(
        &[
            "--header=Content-Type: application/json",
            "--body={\"a\":1}",
        ],
        "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Type: application/json\r\n\
         Content-Length: 7\r\n\r\n{\"a\":1}",
    );
}

/// The longest head, and the longest body that one argument can hold.
#[test]
fn all_that_fits_is_sent_whole() {
    let field = format!("A:{}", "f".repeat(1536 - 4));
    let body = "b".repeat(131_000);
    let options = ["--header", &field, "--body", &body];
    each_server(&options, |server| {
        let answer = server.send(GET);
        let expected = format!(
            "HTTP/1.1 200 OK\r\nConnection: Close\r\n{field}\r\nContent-Length: 131000\r\n\r\n{body}"
        );
        assert!(answer == expected.as_bytes(), "{} bytes", answer.len());
    });
}

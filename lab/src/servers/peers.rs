//! Who is measured: each server in a few words.

use serde::Serialize;

/// How a server treats connections. Servers are compared within these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// One connection at a time, or all of them in one process.
    Single,
    /// A process for each connection.
    Fork,
}

/// One server. In its texts `{port}`, `{root}` (a directory of its own, with
/// an index.html of one byte), `{acceptd}`, `{built}` (the compiled
/// references), `{source}` (lab/peers) and `{python}` are filled in. Python runs
/// without this machine's site packages, which each child would have to end.
#[derive(Clone, Copy)]
pub struct Peer {
    /// What the tables call it.
    pub name: &'static str,
    /// Among whom it is compared.
    pub family: Family,
    /// The command line, split at blanks.
    pub command: &'static str,
    /// What makes it sleep one second before recv, if it can.
    pub sleep: Option<&'static str>,
    /// Whether a connection takes few enough instructions to step through: a
    /// Python that ends takes millions, and minutes.
    pub steps: bool,
    /// A file in `{root}`: its name and its text.
    pub configuration: Option<(&'static str, &'static str)>,
    /// How it says its version. None: it is built from this repository.
    pub version: Option<&'static str>,
}

/// The reference of each family: the same calls, in C, on static musl.
pub const REFERENCES: [&str; 2] = ["C iterative, static musl", "C fork, static musl"];

/// The subject of each family.
pub const SUBJECTS: [&str; 2] = ["acceptd iterative", "acceptd fork"];

const fn built(name: &'static str, family: Family, command: &'static str) -> Peer {
    Peer {
        name,
        family,
        command,
        sleep: None,
        steps: true,
        configuration: None,
        version: None,
    }
}

/// All of them, in the order in which a round takes them.
pub const PEERS: &[Peer] = &[
    Peer {
        sleep: Some("--sleep"),
        ..built(
            SUBJECTS[0],
            Family::Single,
            "{acceptd} iterative --bind 127.0.0.1 --port {port}",
        )
    },
    built(
        REFERENCES[0],
        Family::Single,
        "{built}/iterative-musl {port}",
    ),
    built(
        "C iterative, dynamic glibc",
        Family::Single,
        "{built}/iterative-glibc {port}",
    ),
    Peer {
        sleep: Some("1"),
        version: Some("{python} --version"),
        ..built(
            "Python iterative",
            Family::Single,
            "{python} -I -S {source}/iterative.py {port}",
        )
    },
    Peer {
        // One worker, and nothing read from a disk: nginx at its best on one CPU.
        configuration: Some((
            "nginx.conf",
            "daemon off; worker_processes 1; pid {root}/pid; error_log stderr crit;
             events { worker_connections 1024; }
             http {
               access_log off; keepalive_timeout 0;
               client_body_temp_path {root}/1; proxy_temp_path {root}/2;
               fastcgi_temp_path {root}/3; uwsgi_temp_path {root}/4; scgi_temp_path {root}/5;
               server { listen 127.0.0.1:{port} backlog=4096; return 200 A; }
             }",
        )),
        version: Some("nginx -v"),
        ..built(
            "nginx, one worker, return 200",
            Family::Single,
            "nginx -e stderr -p {root} -c {root}/nginx.conf",
        )
    },
    Peer {
        configuration: Some((
            "lighttpd.conf",
            "server.document-root = \"{root}\"
             server.bind = \"127.0.0.1\"
             server.port = {port}
             server.listen-backlog = 4096
             server.max-keep-alive-requests = 0
             index-file.names = ( \"index.html\" )",
        )),
        version: Some("lighttpd -v"),
        ..built(
            "lighttpd, 1-byte file",
            Family::Single,
            "lighttpd -D -f {root}/lighttpd.conf",
        )
    },
    Peer {
        sleep: Some("--sleep"),
        ..built(
            SUBJECTS[1],
            Family::Fork,
            "{acceptd} fork --bind 127.0.0.1 --port {port}",
        )
    },
    Peer {
        sleep: Some("--sleep"),
        ..built(
            "acceptd process",
            Family::Fork,
            "{acceptd} process --backlog 4096 --bind 127.0.0.1 --port {port}",
        )
    },
    built(REFERENCES[1], Family::Fork, "{built}/fork-musl {port}"),
    built(
        "C fork, dynamic glibc",
        Family::Fork,
        "{built}/fork-glibc {port}",
    ),
    Peer {
        version: Some("busybox"),
        ..built(
            "busybox httpd, 1-byte file",
            Family::Fork,
            "busybox httpd -f -p 127.0.0.1:{port} -h {root}",
        )
    },
    Peer {
        version: Some("mini_httpd -V"),
        ..built(
            "mini_httpd, 1-byte file",
            Family::Fork,
            "mini_httpd -D -h 127.0.0.1 -p {port} -d {root}",
        )
    },
    Peer {
        steps: false,
        sleep: Some("1"),
        version: Some("{python} --version"),
        ..built(
            "Python fork",
            Family::Fork,
            "{python} -I -S {source}/fork.py {port}",
        )
    },
    Peer {
        steps: false,
        version: Some("{python} --version"),
        ..built(
            "Python multiprocessing",
            Family::Fork,
            "{python} -I -S {source}/process.py {port}",
        )
    },
];

/// The peer of that name, which is one of the table.
pub fn named(name: &str) -> &'static Peer {
    PEERS
        .iter()
        .find(|peer| peer.name == name)
        .expect("a name of the table")
}

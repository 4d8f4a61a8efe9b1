//! The table of all servers that are measured.

use super::peers::{Configuration, Model, Peer};
use nix::sys::signal::Signal;

const NGINX: &str = "nginx -e stderr -p {root} -c {root}/nginx.conf";
const LIGHTTPD: &str = "lighttpd -D -m {root} -f {root}/lighttpd.conf";

/// What a configuration file has in braces, and what is put there.
type Values = &'static [(&'static str, &'static str)];

const fn acceptd(model: Model, command: &'static str) -> Peer {
    Peer::new(model.subject(), model, command).sleeping("--sleep")
}

const fn reference(model: Model, command: &'static str) -> Peer {
    Peer::new(model.reference(), model, command)
}

const fn python(name: &'static str, model: Model, command: &'static str) -> Peer {
    Peer::new(name, model, command).versioned("{python} --version")
}

const fn nginx(name: &'static str, model: Model, values: Values) -> Peer {
    Peer {
        configuration: Some(Configuration {
            name: "nginx.conf",
            text: include_str!("../../peers/nginx.conf"),
            values,
        }),
        stop: Signal::SIGQUIT, // nginx -s quit
        ..Peer::new(name, model, NGINX).versioned("nginx -v")
    }
}

const fn lighttpd(name: &'static str, values: Values) -> Peer {
    Peer {
        configuration: Some(Configuration {
            name: "lighttpd.conf",
            text: include_str!("../../peers/lighttpd.conf"),
            values,
        }),
        stop: Signal::SIGINT, // its graceful stop; SIGTERM is the immediate one
        ..Peer::new(name, Model::Epoll, LIGHTTPD).versioned("lighttpd -v")
    }
}

const CLOSE: (&str, &str) = ("{keep_alive}", "keepalive_timeout 0");
/// More requests than a round can have.
const KEEP: (&str, &str) = ("{keep_alive}", "keepalive_requests 1000000000");

const FORK: Peer = acceptd(Model::Fork, "{acceptd} fork --bind 127.0.0.1 --port {port}");
/// Fork as it is when no signal comes while a connection is served.
pub const FORK_WITHOUT_SIGNALS: Peer = acceptd(
    Model::Fork,
    "{acceptd} fork --reap before-fork --bind 127.0.0.1 --port {port}",
);
const THREAD: Peer = acceptd(
    Model::Thread,
    "{acceptd} thread --bind 127.0.0.1 --port {port}",
);
const EPOLL: Peer = acceptd(
    Model::Epoll,
    "{acceptd} epoll --bind 127.0.0.1 --port {port}",
);
const C_EPOLL: Peer = reference(Model::Epoll, "{compiled}/epoll-musl {port}");
const ASYNCIO: Peer = python(
    "Python asyncio",
    Model::Epoll,
    "{python} -I -S {sources}/event_loop.py {port}",
);

/// All servers, in the order in which a round measures them.
pub const PEERS: &[Peer] = &[
    // One connection at a time.
    acceptd(
        Model::Iterative,
        "{acceptd} iterative --bind 127.0.0.1 --port {port}",
    ),
    reference(Model::Iterative, "{compiled}/iterative-musl {port}"),
    Peer::new(
        "C iterative, dynamic glibc",
        Model::Iterative,
        "{compiled}/iterative-glibc {port}",
    ),
    python(
        "Python iterative",
        Model::Iterative,
        "{python} -I -S {sources}/iterative.py {port}",
    )
    .sleeping("1"),
    // Four processes, forked first.
    acceptd(
        Model::Prefork,
        "{acceptd} prefork --workers 4 --bind 127.0.0.1 --port {port}",
    ),
    reference(Model::Prefork, "{compiled}/prefork-musl {port} 4"),
    nginx(
        "nginx, 4 workers, return 200",
        Model::Prefork,
        &[("{workers}", "4"), CLOSE],
    ),
    // All connections in one process.
    EPOLL,
    C_EPOLL.sleeping("1"),
    nginx(
        "nginx, 1 worker, return 200",
        Model::Epoll,
        &[("{workers}", "1"), CLOSE],
    ),
    lighttpd("lighttpd, 1-byte file", &[("{requests}", "0")]),
    ASYNCIO,
    // A thread for each connection.
    THREAD,
    reference(Model::Thread, "{compiled}/thread-musl {port}").sleeping("1"),
    Peer::new(
        "C thread, dynamic glibc",
        Model::Thread,
        "{compiled}/thread-glibc {port}",
    ),
    python(
        "Python ThreadingHTTPServer",
        Model::Thread,
        "{python} -I -S {sources}/threads.py {port}",
    )
    .not_stepped(),
    // A process for each connection.
    FORK,
    Peer {
        name: "acceptd process",
        command: "{acceptd} process --backlog 4096 --bind 127.0.0.1 --port {port}",
        ..FORK
    },
    reference(Model::Fork, "{compiled}/fork-musl {port}").sleeping("1"),
    Peer::new(
        "C fork, dynamic glibc",
        Model::Fork,
        "{compiled}/fork-glibc {port}",
    ),
    Peer::new(
        "busybox httpd, 1-byte file",
        Model::Fork,
        "busybox httpd -f -p 127.0.0.1:{port} -h {root}",
    )
    .versioned("busybox"),
    Peer::new(
        "mini_httpd, 1-byte file",
        Model::Fork,
        "mini_httpd -D -h 127.0.0.1 -p {port} -d {root}",
    )
    .versioned("mini_httpd -V"),
    python(
        "Python fork",
        Model::Fork,
        "{python} -I -S {sources}/fork.py {port}",
    )
    .sleeping("1")
    .not_stepped(),
    python(
        "Python multiprocessing",
        Model::Fork,
        "{python} -I -S {sources}/process.py {port}",
    )
    .not_stepped(),
    // Connections kept alive.
    EPOLL.kept_alive(
        "acceptd epoll, keep-alive",
        "{acceptd} epoll --keep-alive --bind 127.0.0.1 --port {port}",
    ),
    C_EPOLL.kept_alive(
        "C epoll, keep-alive",
        "{compiled}/epoll-musl {port} 0 keep-alive",
    ),
    THREAD.kept_alive(
        "acceptd thread, keep-alive",
        "{acceptd} thread --keep-alive --bind 127.0.0.1 --port {port}",
    ),
    FORK.kept_alive(
        "acceptd fork, keep-alive",
        "{acceptd} fork --keep-alive --bind 127.0.0.1 --port {port}",
    ),
    nginx("", Model::Epoll, &[("{workers}", "1"), KEEP])
        .kept_alive("nginx, 1 worker, keep-alive", NGINX),
    lighttpd("", &[("{requests}", "1000000000")]).kept_alive("lighttpd, keep-alive", LIGHTTPD),
    ASYNCIO.kept_alive(
        "Python asyncio, keep-alive",
        "{python} -I -S {sources}/event_loop.py {port} keep-alive",
    ),
];

/// The peer of that name, which is one of the table.
pub fn named(name: &str) -> &'static Peer {
    PEERS
        .iter()
        .find(|peer| peer.name == name)
        .expect("a name of the table")
}

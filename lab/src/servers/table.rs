//! Who is measured: the table of all servers.

use super::peers::{Model, Peer};
use nix::sys::signal::Signal;

const fn server(name: &'static str, model: Model, command: &'static str) -> Peer {
    Peer {
        name,
        model,
        command,
        sleep: None,
        keeps_alive: false,
        steps: true,
        stop: Signal::SIGTERM,
        configuration: None,
        version: None,
    }
}

const fn acceptd(model: Model, command: &'static str) -> Peer {
    Peer {
        sleep: Some("--sleep"),
        ..server(model.subject(), model, command)
    }
}

/// The C references of fork, thread and epoll sleep where they are told to.
const fn sleeper(peer: Peer) -> Peer {
    Peer {
        sleep: Some("1"),
        ..peer
    }
}

const fn kept_alive(name: &'static str, peer: Peer, command: &'static str) -> Peer {
    Peer {
        name,
        command,
        sleep: None,
        keeps_alive: true,
        ..peer
    }
}

const fn python(name: &'static str, model: Model, command: &'static str) -> Peer {
    Peer {
        version: Some("{python} --version"),
        ..server(name, model, command)
    }
}

/// nginx without a disk: it answers `return 200`, as acceptd does.
const fn nginx(name: &'static str, model: Model, configuration: &'static str) -> Peer {
    Peer {
        configuration: Some(("nginx.conf", configuration)),
        version: Some("nginx -v"),
        stop: Signal::SIGQUIT, // nginx -s quit
        ..server(
            name,
            model,
            "nginx -e stderr -p {root} -c {root}/nginx.conf",
        )
    }
}

const fn lighttpd(name: &'static str, configuration: &'static str) -> Peer {
    Peer {
        configuration: Some(("lighttpd.conf", configuration)),
        version: Some("lighttpd -v"),
        stop: Signal::SIGINT, // its graceful stop; SIGTERM is the immediate one
        ..server(
            name,
            Model::Epoll,
            "lighttpd -D -m {root} -f {root}/lighttpd.conf",
        )
    }
}

macro_rules! nginx_configuration {
    ($workers:literal, $keep_alive:literal) => {
        concat!(
            "daemon off; worker_processes ",
            $workers,
            "; pid {root}/pid; error_log stderr crit;
             events { worker_connections 4096; }
             http {
               access_log off; ",
            $keep_alive,
            ";
               client_body_temp_path {root}/1; proxy_temp_path {root}/2;
               fastcgi_temp_path {root}/3; uwsgi_temp_path {root}/4; scgi_temp_path {root}/5;
               server { listen 127.0.0.1:{port} backlog=4096; return 200 A; }
             }"
        )
    };
}

macro_rules! lighttpd_configuration {
    ($requests:literal) => {
        concat!(
            "server.document-root = \"{root}\"
             server.bind = \"127.0.0.1\"
             server.port = {port}
             server.listen-backlog = 4096
             server.compat-module-load = \"disable\"
             server.modules = ( \"mod_indexfile\", \"mod_staticfile\" )
             index-file.names = ( \"index.html\" )
             server.max-keep-alive-requests = ",
            $requests
        )
    };
}

/// For as many requests as a round can have.
const NGINX_KEEP_ALIVE: &str = nginx_configuration!("1", "keepalive_requests 1000000000");
const NGINX_CLOSE: &str = nginx_configuration!("1", "keepalive_timeout 0");
const NGINX_FOUR: &str = nginx_configuration!("4", "keepalive_timeout 0");

const FORK: Peer = acceptd(Model::Fork, "{acceptd} fork --bind 127.0.0.1 --port {port}");
const THREAD: Peer = acceptd(
    Model::Thread,
    "{acceptd} thread --bind 127.0.0.1 --port {port}",
);
const EPOLL: Peer = acceptd(
    Model::Epoll,
    "{acceptd} epoll --bind 127.0.0.1 --port {port}",
);
const C_EPOLL: Peer = server(
    Model::Epoll.reference(),
    Model::Epoll,
    "{compiled}/epoll-musl {port}",
);
const ASYNCIO: Peer = python(
    "Python asyncio",
    Model::Epoll,
    "{python} -I -S {sources}/event_loop.py {port}",
);

/// All of them, in the order in which a round takes them.
pub const PEERS: &[Peer] = &[
    // One connection at a time.
    acceptd(
        Model::Iterative,
        "{acceptd} iterative --bind 127.0.0.1 --port {port}",
    ),
    server(
        Model::Iterative.reference(),
        Model::Iterative,
        "{compiled}/iterative-musl {port}",
    ),
    server(
        "C iterative, dynamic glibc",
        Model::Iterative,
        "{compiled}/iterative-glibc {port}",
    ),
    Peer {
        sleep: Some("1"),
        ..python(
            "Python iterative",
            Model::Iterative,
            "{python} -I -S {sources}/iterative.py {port}",
        )
    },
    // Four processes, forked first. They sleep, but four sleepers are no growth.
    Peer {
        sleep: None,
        ..acceptd(
            Model::Prefork,
            "{acceptd} prefork --workers 4 --bind 127.0.0.1 --port {port}",
        )
    },
    server(
        Model::Prefork.reference(),
        Model::Prefork,
        "{compiled}/prefork-musl {port} 4",
    ),
    nginx("nginx, 4 workers, return 200", Model::Prefork, NGINX_FOUR),
    // All connections in one process.
    EPOLL,
    sleeper(C_EPOLL),
    nginx("nginx, 1 worker, return 200", Model::Epoll, NGINX_CLOSE),
    lighttpd("lighttpd, 1-byte file", lighttpd_configuration!("0")),
    ASYNCIO,
    kept_alive(
        "acceptd epoll, keep-alive",
        EPOLL,
        "{acceptd} epoll --keep-alive --bind 127.0.0.1 --port {port}",
    ),
    kept_alive(
        "C epoll, keep-alive",
        C_EPOLL,
        "{compiled}/epoll-musl {port} 0 keep-alive",
    ),
    Peer {
        keeps_alive: true,
        ..nginx(
            "nginx, 1 worker, keep-alive",
            Model::Epoll,
            NGINX_KEEP_ALIVE,
        )
    },
    Peer {
        keeps_alive: true,
        ..lighttpd(
            "lighttpd, keep-alive",
            lighttpd_configuration!("1000000000"),
        )
    },
    kept_alive(
        "Python asyncio, keep-alive",
        ASYNCIO,
        "{python} -I -S {sources}/event_loop.py {port} keep-alive",
    ),
    // A thread for each connection.
    THREAD,
    sleeper(server(
        Model::Thread.reference(),
        Model::Thread,
        "{compiled}/thread-musl {port}",
    )),
    server(
        "C thread, dynamic glibc",
        Model::Thread,
        "{compiled}/thread-glibc {port}",
    ),
    Peer {
        steps: false,
        ..python(
            "Python ThreadingHTTPServer",
            Model::Thread,
            "{python} -I -S {sources}/threads.py {port}",
        )
    },
    kept_alive(
        "acceptd thread, keep-alive",
        THREAD,
        "{acceptd} thread --keep-alive --bind 127.0.0.1 --port {port}",
    ),
    // A process for each connection.
    FORK,
    acceptd_process(),
    sleeper(server(
        Model::Fork.reference(),
        Model::Fork,
        "{compiled}/fork-musl {port}",
    )),
    server(
        "C fork, dynamic glibc",
        Model::Fork,
        "{compiled}/fork-glibc {port}",
    ),
    Peer {
        version: Some("busybox"),
        ..server(
            "busybox httpd, 1-byte file",
            Model::Fork,
            "busybox httpd -f -p 127.0.0.1:{port} -h {root}",
        )
    },
    Peer {
        version: Some("mini_httpd -V"),
        ..server(
            "mini_httpd, 1-byte file",
            Model::Fork,
            "mini_httpd -D -h 127.0.0.1 -p {port} -d {root}",
        )
    },
    Peer {
        sleep: Some("1"),
        steps: false,
        ..python(
            "Python fork",
            Model::Fork,
            "{python} -I -S {sources}/fork.py {port}",
        )
    },
    Peer {
        steps: false,
        ..python(
            "Python multiprocessing",
            Model::Fork,
            "{python} -I -S {sources}/process.py {port}",
        )
    },
    kept_alive(
        "acceptd fork, keep-alive",
        FORK,
        "{acceptd} fork --keep-alive --bind 127.0.0.1 --port {port}",
    ),
];

/// `process` is a preset of `fork`.
const fn acceptd_process() -> Peer {
    Peer {
        name: "acceptd process",
        command: "{acceptd} process --backlog 4096 --bind 127.0.0.1 --port {port}",
        ..FORK
    }
}

/// The peer of that name, which is one of the table.
pub fn named(name: &str) -> &'static Peer {
    PEERS
        .iter()
        .find(|peer| peer.name == name)
        .expect("a name of the table")
}

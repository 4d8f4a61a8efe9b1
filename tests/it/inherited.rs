//! What a server inherits from the process that started it (blocked signals, an alarm,
//! children), and what others do to its children.

use crate::proc::{all_children, kill, unshare};
use crate::server::{
    GET, RESPONSE, Server, children, received, signal, state, wait_until, with_each_model,
};
use crate::stop::in_flight;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// A child inherits the handler of the server, and must not stop the server with it.
#[test]
fn a_signal_to_a_new_child_does_not_stop_the_server() {
    for name in ["TERM", "INT"] {
        // The child is held up in its first call, while it still has the listener.
        let server = Server::of("process").injecting(&["prctl:delay_enter=1500000"]);
        let server = server.start();
        let mut stream = server.get();
        wait_until("there is a child", || !children(server.pid).is_empty());
        signal(name, children(server.pid)[0]);
        let mut answer = [0; RESPONSE.len()];
        std::io::Read::read_exact(&mut stream, &mut answer).expect("an answer");
        assert_eq!(answer, RESPONSE, "SIG{name}");
        let mut next = server.get();
        std::io::Read::read_exact(&mut next, &mut answer).expect("the server goes on");
        let (_, lines) = server.stop();
        let last = lines.last().expect("a stop line");
        assert!(last.contains("connections 2, forked 2"), "{last}");
    }
}

/// JVM threads, procServ and some inits start programs with signals blocked.
#[test]
fn blocked_signals_are_unblocked() {
    let env = ["env", "--block-signal=TERM,INT,ALRM,CHLD"];
    let server = Server::of("fork").with("--grace=0.2").with("--sleep=30");
    let server = server.under(&env).start();
    let _stream = in_flight(&server, "fork");
    let (_, lines) = server.stop(); // --grace cuts it off
    let last = lines.last().expect("a stop line");
    assert!(last.ends_with("reaped 1, peak 1, cut 1"), "{last}");

    let server = Server::of("fork").under(&env).start();
    assert_eq!(server.send(GET), RESPONSE);
    wait_until("the child is reaped", || {
        all_children(server.pid).is_empty()
    });
    server.stop();
}

/// An alarm that somebody set before exec ends the program, as it ends any other.
#[test]
fn an_alarm_from_outside_keeps_its_meaning() {
    with_each_model(|model| {
        let perl = ["perl", "-e", "alarm 5; exec @ARGV"];
        let server = Server::of(model).under(&perl).start();
        assert_eq!(server.ended().0.signal(), Some(14), "{model}: SIGALRM");
    });
}

/// `x & exec acceptd fork`: they are reaped, and count for nothing.
#[test]
fn children_of_somebody_else_are_not_counted() {
    let script = "for i in 1 2 3 4 5 6; do sleep 0.3 & done; exec \"$@\"";
    for reap in ["--reap=signal", "--reap=before-fork"] {
        let server = Server::of("fork").with("--max-children=2");
        let server = server.with("--sleep=1").with(reap);
        let server = server.under(&["sh", "-c", script, "sh"]).start();
        let streams: Vec<_> = (0..6).map(|_| server.get()).collect();
        for stream in streams {
            assert_eq!(received(stream), RESPONSE, "{reap}");
        }
        let (_, lines) = server.stop();
        let stop_line = "acceptd: fork: stopped: connections 6, forked 6, reaped 6, peak 2";
        assert_eq!(lines, [stop_line], "{reap}");
    }
}

/// Nor are they waited for: neither when its own children have ended, nor when they are cut off.
#[test]
fn children_of_somebody_else_hold_up_no_stop() {
    let script = "sleep 600 2>/dev/null & exec \"$@\"";
    for (sleep, grace, reap) in [
        ("--sleep=3", "--grace=60", "signal"),
        ("--sleep=90", "--grace=3", "signal"),
        ("--sleep=3", "--grace=60", "ignore"),
        ("--sleep=90", "--grace=3", "ignore"),
    ] {
        let server = Server::of("fork").with(grace).with(sleep);
        let server = server.with(&format!("--reap={reap}"));
        let server = server.under(&["sh", "-c", script, "sh"]).start();
        let stranger = children(server.pid)[0];
        let _stream = in_flight(&server, "fork");
        let (took, lines) = server.stop();
        kill(stranger);
        assert!(took < Duration::from_secs(30), "{sleep} {reap}: {took:?}");
        let cut = lines[0].contains("cut 1");
        assert_eq!(cut, grace == "--grace=3", "{reap}: {lines:?}");
        let reaped = lines[0].contains("reaped 1");
        assert_eq!(reaped, reap == "signal", "{lines:?}");
    }
}

/// PID 1 is the parent of every orphan.
#[test]
fn pid_1_reaps_orphans() {
    let mut unshare = unshare(&["--pid", "--fork", "--kill-child"]);
    let script = "(sleep 600 2>/dev/null &); exec \"$@\"";
    unshare.extend(["sh", "-c", script, "sh"]);
    for model in ["iterative", "fork", "thread", "epoll"] {
        let server = Server::of(model).under(&unshare).start();
        let orphan = all_children(server.pid)[0];
        assert_eq!(server.send(GET), RESPONSE, "{model}");
        kill(orphan);
        wait_until("the orphan is gone", || state(orphan).is_none());
        assert_eq!(server.send(GET), RESPONSE, "{model}");
        server.stop();
    }
}

/// The children are remembered by their parent: no /proc is needed to cut them off.
#[test]
fn children_are_cut_off_where_proc_is_not_theirs() {
    let unshare = unshare(&["--pid", "--fork", "--kill-child"]);
    let server = Server::of("fork").with("--sleep=30").with("--grace=0.2");
    let server = server.under(&unshare).start();
    let _stream = in_flight(&server, "fork");
    let (_, lines) = server.stop();
    let last = lines.last().expect("a stop line");
    assert!(last.ends_with("reaped 1, peak 1, cut 1"), "{last}");
}

# Functions for bash that the lessons share. What they start ends with the shell.
# shellcheck shell=bash disable=SC2016,SC2034 # the pages use the variables

if [ -z "${BASH_VERSION-}" ]; then
    echo 'the lessons are written for bash: start one, and paste again' >&2
    return 1
fi
# TESTDIR is the lessons' folder. Whoever runs a page sets it, and changes to a folder for
# the page's files. Here it is not set: the page is pasted into a shell.
if [ -z "${TESTDIR-}" ]; then
    TESTDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    cd "$(mktemp -d)" || return
    echo "(files of this lesson: $PWD)"
fi
# The acceptd that the lessons run. The environment may name another build.
ACCEPTD=${ACCEPTD:-$(cd "$TESTDIR/.." && pwd)/target/release/acceptd}
if ! [ -x "$ACCEPTD" ]; then
    echo "there is no $ACCEPTD yet: cargo build --release makes it" >&2
    return 1
fi
started=()
trap 'if [ "${started[*]}" ]; then kill -KILL "${started[@]}"; fi' EXIT

# serve MODEL [OPTIONS]: acceptd in the background, on a port that the kernel
# chooses. Sets pid and port; stderr goes to the file log, and its first line here.
serve() {
    start "$ACCEPTD" "$1" --bind 127.0.0.1 --port 0 "${@:2}"
}

# trace MODEL [OPTIONS]: the same under strace, which writes a file for each
# process, trace.PID. With -D strace is not acceptd's parent: pid is acceptd's.
trace() {
    rm -f trace.*
    start strace -D -ff -o trace "$ACCEPTD" "$1" --bind 127.0.0.1 --port 0 "${@:2}"
}

# start COMMAND: a server whose first line names the port. If it says what is wrong
# instead, pid, port and log stay those of the server before.
start() {
    # A process group of its own, which Ctrl-C at this terminal does not reach.
    local job_control=$-
    set -m
    "$@" </dev/null >new-log 2>&1 &
    local new=$!
    case $job_control in *m*) ;; *) set +m ;; esac
    disown "$new" 2>/dev/null # bash does not report its end; it may have ended already
    until_true "grep -q 'listening on .*:[0-9]' new-log || ! alive $new"
    head -n 1 new-log
    if alive "$new"; then
        pid=$new
        started+=("$pid")
        port=$(sed -n '1s/.*://p' new-log)
        mv new-log log
    fi
}

# stop: SIGTERM, and the last line.
stop() {
    end TERM
    tail -n 1 log
}

# end SIGNAL: sends it, and waits for the end.
end() {
    kill -"$1" "$pid"
    ended
}

# ended: waits for the end of a server that has got its signal. From then on its pid may
# be another process's.
ended() {
    until_true '! alive $pid' || return # the shell's end kills it
    for n in "${!started[@]}"; do
        if [ "${started[n]}" = "$pid" ]; then unset "started[n]"; fi
    done
}

# alive PID: whether this process runs or sleeps. It is not gone, and no zombie.
alive() {
    grep -q '^State:[^ZX]*$' "/proc/$1/status" 2>/dev/null
}

# children: the pids of the server's children, zombies included.
children() {
    cat "/proc/$pid/task/$pid/children"
}

# idle: waits until no child lives, and the server sleeps in accept(2).
idle() {
    until_true rests && sleep 0.1 && until_true rests
}
rests() {
    for child in $(children); do ! alive "$child" || return; done
    grep -q '^State:.S' "/proc/$pid/status"
}

# until_true COMMAND: tries it until it succeeds, for at most 20 seconds.
until_true() {
    local end=$((SECONDS + ${PATIENCE:-20}))
    while [ $SECONDS -le $end ]; do
        if eval "$1" >/dev/null 2>&1; then return; fi
        sleep 0.01
    done
    echo "waited in vain for: $1"
    return 1
}

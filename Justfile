# acceptd: one HTTP response, under the classic server models

release := "target/release/acceptd"
lab := "lab/target/debug/lab"

# `just clients=3 every=.5 timeline fork`: how many, and seconds from one to the next
clients := "10"
every := "0"

import 'deploy/cpus.just'
import 'deploy/image.just'

# One bash session for each page, whose commands and output are indented by four.
prysk := "target/prysk/bin/prysk --shell=/bin/bash --indent=4"

set positional-arguments # so that "$@" is what was typed, quotes and all

# The recipes
_default:
    @just --list --unsorted

# Serve one connection at a time, on port 9696
[group('run')]
run-iterative *OPTIONS: _build
    {{ release }} iterative "$@"

# Serve each connection in a child of its own, on port 9696
[group('run')]
run-fork *OPTIONS: _build
    {{ release }} fork "$@"

# The same as Python's multiprocessing does it, on port 9696
[group('run')]
run-process *OPTIONS: _build
    {{ release }} process "$@"

# The same under strace: each system call, with the pid of who made it
[group('study')]
trace-iterative *OPTIONS: _build (_need "strace")
    strace -f {{ release }} iterative "$@"

# The same under strace: parent and children
[group('study')]
trace-fork *OPTIONS: _build (_need "strace")
    strace -f {{ release }} fork "$@"

# The same under strace: as Python's multiprocessing does it
[group('study')]
trace-process *OPTIONS: _build (_need "strace")
    strace -f {{ release }} process "$@"

# The lessons, and the question of each
[group('study')]
lessons:
    @awk 'FNR == 3 { sub(/.*\//, "", FILENAME); sub(/\.md/, "", FILENAME); printf "%-20s%s\n", FILENAME, $0 }' lessons/?-*.md lessons/??-*.md

# Run a lesson, by its number or its name: each command, and what it prints here and now
[group('study')]
lesson NAME: _build _lesson-tools
    #!/bin/sh
    for page in lessons/"$1"-*.md lessons/*-"$1".md lessons/"$1".md; do
        if [ -e "$page" ]; then exec lessons/show "$page"; fi
    done
    echo "no lesson '$1'; just lessons lists them" >&2
    exit 1

# Draw who blocks where: a model, and clients that each take a second to be served
[group('study')]
timeline MODEL *OPTIONS: _build _lab (_need "strace")
    #!/bin/sh
    set -eu
    model=$1
    shift
    name=target/timelines/$model
    mkdir -p target/timelines
    {{ lab }} record --output "$name.strace" --clients {{ clients }} --every {{ every }} -- \
        {{ release }} "$model" --bind 127.0.0.1 --port 0 --sleep=1 "$@"
    {{ lab }} timeline "$name.strace" --title "acceptd $model --sleep=1 $*" --output "$name.svg"

# Draw the pictures of docs/timelines.md anew, or those named
[group('study')]
timelines *NAMES: _build _lab (_need "strace")
    {{ lab }} timelines --acceptd {{ release }} --recordings target/timelines --pictures docs/timelines "$@"

# Bytes of the binary, its segments and its sections
[group('study')]
size: _build (_need "readelf")
    @stat --format '%s bytes' {{ release }}
    @readelf --segments --wide {{ release }} | sed -n '/Program Headers/,/^$/p'
    @readelf --sections --wide {{ release }} | grep -E 'Name|PROGBITS|NOBITS|STRTAB'

# Where the bytes went: the largest functions, of a build that still has their names
[group('study')]
size-of-functions: _build
    CARGO_PROFILE_RELEASE_STRIP=false cargo build --quiet --release --target-dir target/unstripped
    @nm --print-size --size-sort --radix=d --demangle target/unstripped/release/acceptd | tail -n 25 | cut -d ' ' -f 2,4-

# Measure every model beside its peers, into docs/benchmarks.md; --quick: whether it works
[group('study')]
bench *OPTIONS: _build _lab (_need "wrk") (_need "gcc") (_need "musl-gcc" "musl-tools") (_need "python3") (_need "busybox" "busybox-static") (_need "/usr/sbin/mini_httpd" "mini-httpd") (_need "/usr/sbin/nginx" "nginx-light") (_need "/usr/sbin/lighttpd" "lighttpd")
    {{ lab }} bench "$@"

# System calls, page faults and instructions of a connection: --check, or --record
[group('study')]
counts *OPTIONS: _build _lab
    {{ lab }} counts "$@"

# All tests, on the binary that ships and on the dev build
[group('check')]
test: setup
    cargo test --release
    cargo test
    cargo test --release --test signals

# All lessons: each shows what it says, and fails when its fact is broken
[group('check')]
test-lessons: _build _lesson-tools _prysk
    {{ prysk }} lessons/?-*.md lessons/??-*.md
    lessons/mutants {{ prysk }}

# Format, lints, and documentation without warnings
[group('check')]
lint:
    cargo fmt --check
    cargo clippy --all-targets -- --deny warnings
    cargo clippy --test soak --test signals -- --deny warnings # test = false hides them from --all-targets
    RUSTDOCFLAGS='--deny warnings' cargo doc --no-deps --document-private-items

# Format, lints and tests of the instruments, with a browser for the pictures
[group('check')]
test-lab: _build (_need "strace") (_need "wrk") (_need "gcc") (_need "musl-gcc" "musl-tools") (_need "python3") (_need "/usr/sbin/nginx" "nginx-light") (_need "chromium")
    cd lab && cargo fmt --check
    cd lab && cargo clippy --all-targets -- --deny warnings
    cd lab && cargo test

# Write the golden traces anew, from what the release build does
[group('check')]
bless: setup
    ACCEPTD_BLESS=1 cargo test --release --test it trace

# 100,000 connections for each model, then 1,200 silent clients: about a minute
[group('check')]
soak:
    cargo test --quiet --release --test soak

# Every signal at every instruction of every model: some minutes, and a table. Or some rows of it: `just signals 'fork stop'`
[group('check')]
signals *ROWS: (_need "nm" "binutils")
    CARGO_PROFILE_RELEASE_STRIP=false cargo build --quiet --release --target-dir target/unstripped
    ACCEPTD_SYMBOLS=target/unstripped/release/acceptd cargo test --quiet --release --test signals -- --all "$@"

# Compare the parsers with slow ones on inputs that libFuzzer makes up, each for so many seconds
[group('check')]
fuzz SECONDS='20': (_need "c++" "g++")
    #!/bin/sh
    set -eu
    cd fuzz && cargo build --quiet --release --locked
    for target in head options address; do
        mkdir -p ../target/fuzz/corpus/$target # what is found here; corpus/ is what is kept
        binary=$(echo ../target/fuzz/*/release/$target)
        if ! "$binary" -max_total_time={{ SECONDS }} -max_len=256 -artifact_prefix=../target/fuzz/$target- \
            ../target/fuzz/corpus/$target corpus/$target >../target/fuzz/$target.log 2>&1; then
            cat ../target/fuzz/$target.log
            exit 1
        fi
        echo "$target: $(tail -n 1 ../target/fuzz/$target.log)"
    done

# Keep what a long `just fuzz` has found: the few inputs that reach all of the code
[group('check')]
fuzz-keep TARGET: (_need "c++" "g++")
    #!/bin/sh
    set -eu
    cd fuzz && cargo build --quiet --release --locked
    ../target/fuzz/*/release/{{ TARGET }} -set_cover_merge=1 -use_counters=0 \
        corpus/{{ TARGET }} ../target/fuzz/corpus/{{ TARGET }} 2>&1 | tail -n 1

# The tests of HTTP, deadlines and load with the server under valgrind, which sees what is read before it is written
[group('check')]
memcheck: (_need "valgrind")
    #!/bin/sh
    set -eu
    logs=$PWD/target/memcheck
    rm -rf "$logs" && mkdir -p "$logs"
    ACCEPTD_UNDER="valgrind --quiet --log-file=$logs/%p" \
        cargo test --quiet --release --test it -- http:: deadlines:: load::
    find "$logs" -type f -size +0 -exec cat {} + | (! grep .)
    echo "memcheck: $(find "$logs" -type f | wc -l) processes, no error"

# All that must pass before a change lands
[group('check')]
ci:
    .ci/run

# Install what is missing: strace, and what comes with every Debian
[group('check')]
setup: (_need "strace") (_need "readelf" "binutils") (_need "cc" "gcc") (_need "unshare" "util-linux")

_lesson-tools: (_need "strace") (_need "wrk") (_need "curl") (_need "lsof") (_need "ss" "iproute2") (_need "ps" "procps") (_need "python3")

_prysk: (_need "python3" "python3-venv")
    @test -x target/prysk/bin/prysk || python3 -m venv target/prysk
    @test -x target/prysk/bin/prysk || target/prysk/bin/pip install --quiet --disable-pip-version-check prysk==0.20.0

_build:
    @cargo build --quiet --release

_lab:
    @cargo build --quiet --locked --manifest-path lab/Cargo.toml

# Installs a tool through apt, or says what to install.
_need TOOL PACKAGE=TOOL:
    #!/bin/sh
    set -eu
    if command -v {{ TOOL }} >/dev/null || [ -d {{ TOOL }} ]; then exit 0; fi
    if ! command -v apt-get >/dev/null; then
        echo "{{ TOOL }} is missing: install it from the package {{ PACKAGE }} or its like" >&2
        exit 1
    fi
    as_root=; if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi
    $as_root apt-get update --quiet=2
    $as_root apt-get install --quiet=2 --yes --no-install-recommends {{ PACKAGE }} >&2

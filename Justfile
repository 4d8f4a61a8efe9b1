# acceptd: one HTTP response, under the classic server models

release := "target/release/acceptd" # _build sees to it, wherever cargo puts its files
lab := "lab/target/debug/lab"

import 'deploy/cpus.just'
import 'deploy/dist.just'
import 'deploy/image.just'
import 'lab/lab.just'
import 'straceview/straceview.just'

# One bash session for each page, whose commands and output are indented by four.
prysk := 'target/prysk/bin/prysk --shell="$PWD/lessons/alone" --indent=4'

# fuzz/.cargo/config.toml says where and how. Environment variables would override it.
build_fuzz := "cd fuzz && env --unset=CARGO_TARGET_DIR --unset=CARGO_BUILD_TARGET --unset=RUSTFLAGS cargo build --quiet --release --locked"

set positional-arguments # so that "$@" is what was typed, quotes and all

# The tests wait more than they work, so six run at once, on a machine with two processors, too.
waiting_tests := "RUST_TEST_THREADS=${RUST_TEST_THREADS:-6}"

# The recipes
_default:
    @{{ quote(just_executable()) }} --list --unsorted

# Serve one connection at a time, on port 9696
[group('run')]
[no-exit-message]
run-iterative *OPTIONS: _build
    @exec tools/foreground {{ release }} iterative "$@"

# Serve each connection in a child of its own, on port 9696
[group('run')]
[no-exit-message]
run-fork *OPTIONS: _build
    @exec tools/foreground {{ release }} fork "$@"

# The same as Python's multiprocessing does it, on port 9696
[group('run')]
[no-exit-message]
run-process *OPTIONS: _build
    @exec tools/foreground {{ release }} process "$@"

# Serve with workers that are forked first, on port 9696
[group('run')]
[no-exit-message]
run-prefork *OPTIONS: _build
    @exec tools/foreground {{ release }} prefork "$@"

# Serve each connection in a thread of its own, on port 9696
[group('run')]
[no-exit-message]
run-thread *OPTIONS: _build
    @exec tools/foreground {{ release }} thread "$@"

# Serve all connections at once in one process, on port 9696
[group('run')]
[no-exit-message]
run-epoll *OPTIONS: _build
    @exec tools/foreground {{ release }} epoll "$@"

# The same under strace: each system call, with the pid of who made it
[group('study')]
[no-exit-message]
trace-iterative *OPTIONS: _build (_need "strace")
    @exec tools/foreground strace -f -I3 {{ release }} iterative "$@"

# The same under strace: parent and children
[group('study')]
[no-exit-message]
trace-fork *OPTIONS: _build (_need "strace")
    @exec tools/foreground strace -f -I3 {{ release }} fork "$@"

# The same under strace: as Python's multiprocessing does it
[group('study')]
[no-exit-message]
trace-process *OPTIONS: _build (_need "strace")
    @exec tools/foreground strace -f -I3 {{ release }} process "$@"

# The same under strace: parent and workers
[group('study')]
[no-exit-message]
trace-prefork *OPTIONS: _build (_need "strace")
    @exec tools/foreground strace -f -I3 {{ release }} prefork "$@"

# The same under strace: the threads of one process
[group('study')]
[no-exit-message]
trace-thread *OPTIONS: _build (_need "strace")
    @exec tools/foreground strace -f -I3 {{ release }} thread "$@"

# The same under strace: one process, all connections
[group('study')]
[no-exit-message]
trace-epoll *OPTIONS: _build (_need "strace")
    @exec tools/foreground strace -f -I3 {{ release }} epoll "$@"

# A lesson, by its number or name: it waits for a key before each command, --all does not. Without a name: the list
[group('study')]
[no-exit-message]
lesson *NAME:
    @if [ "${1-}" ]; then {{ quote(just_executable()) }} _build _lesson-tools; fi
    @lessons/show "$@"
    @docs/timelines/pages --hint "${1-}"

alias lessons := lesson

# Bytes of the binary, its segments and its sections
[group('study')]
size: _build (_need "readelf")
    @stat --format '%s bytes' {{ release }}
    @readelf --segments --wide {{ release }} | sed -n '/Program Headers/,/^$/p'
    @readelf --sections --wide {{ release }} | grep -E 'Name|PROGBITS|NOBITS|STRTAB'

# Where the bytes went: the largest functions, of a build that still has their names
[group('study')]
size-of-functions: _build
    @CARGO_PROFILE_RELEASE_STRIP=false tools/build target/acceptd-unstripped --release --target-dir target/unstripped
    @nm --print-size --size-sort --radix=d --demangle target/acceptd-unstripped | tail -n 25 | cut -d ' ' -f 2,4-

# Unit tests and tests/it, on the binary that ships and on the dev build; a sample of `just signals`
[group('check')]
test: setup
    {{ waiting_tests }} cargo test --release
    {{ waiting_tests }} cargo test
    cargo test --release --test signals

# All lessons: each shows what it says, and fails when its fact is broken
[group('check')]
test-lessons: _build _lesson-tools _prysk
    {{ prysk }} lessons/?-*.md lessons/??-*.md
    lessons/mutants {{ prysk }}

# Format, lints, and documentation without warnings
[group('check')]
lint: (_need "shellcheck")
    shellcheck just tools/* lessons/show lessons/setup.sh lessons/alone lessons/mutants .ci/run .ci/doorstep .ci/root.sh deploy/engine deploy/hosts deploy/image-all
    cargo fmt --check
    cd fuzz && cargo fmt --check
    cargo clippy --all-targets -- --deny warnings
    cargo clippy --test soak --test image --test rollout --test signals -- --deny warnings # test = false hides them from --all-targets
    RUSTDOCFLAGS='--deny warnings' cargo doc --no-deps --document-private-items
    @tools/need mandoc
    mandoc -T lint -W warning docs/acceptd.1

# Write the golden traces anew, from what the release build does
[group('check')]
bless: setup
    ACCEPTD_BLESS=1 cargo test --release --test it trace::golden_traces

# 100,000 connections in each model, then 1,200 silent clients: about two minutes
[group('check')]
soak:
    cargo test --quiet --release --test soak

# Every signal at every instruction of every model: half an hour and more, and a table. Or some rows of it: `just signals 'fork stop'`
[group('check')]
signals *ROWS: (_need "nm" "binutils")
    CARGO_PROFILE_RELEASE_STRIP=false tools/build target/acceptd-unstripped --release --target-dir target/unstripped
    ACCEPTD_SYMBOLS=target/acceptd-unstripped cargo test --quiet --release --test signals -- --all "$@"

# Compare the parsers with slow ones on inputs that libFuzzer makes up, each for so many seconds
[group('check')]
fuzz SECONDS='20': (_need "c++" "g++")
    #!/bin/sh
    set -eu
    {{ build_fuzz }}
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
    {{ build_fuzz }}
    log=../target/fuzz/{{ TARGET }}-keep.log
    if ! ../target/fuzz/*/release/{{ TARGET }} -set_cover_merge=1 -use_counters=0 \
        corpus/{{ TARGET }} ../target/fuzz/corpus/{{ TARGET }} >$log 2>&1; then
        cat $log
        exit 1
    fi
    tail -n 1 $log

# Change src in a thousand small ways, one at a time: a test must fail for each. An hour and a half. Or some: `just mutants --file src/model.rs`
[group('check')]
mutants *OPTIONS: setup _mutants
    @echo 'Copies of the source are changed in the directory of temporary files; the results come to target/mutants/mutants.out' >&2
    ACCEPTD_IMPATIENT=1 nice target/mutants/bin/cargo-mutants mutants --jobs 2 --jobserver false "$@"

# The tests of HTTP, deadlines and load with the server under valgrind, which sees what is read before it is written
[group('check')]
memcheck: (_need "valgrind")
    #!/bin/sh
    set -eu
    logs=$PWD/target/memcheck
    rm -rf "$logs" && mkdir -p "$logs"
    ACCEPTD_UNDER="valgrind --quiet --suppressions=$PWD/tests/memcheck.supp --log-file=$logs/%p" \
        cargo test --quiet --release --test it -- http:: deadlines:: load:: --skip stop_load::
    find "$logs" -type f -size +0 -exec cat {} + | (! grep .)
    processes=$(find "$logs" -type f | wc -l)
    [ "$processes" -gt 0 ] || { echo 'memcheck: nothing ran under valgrind' >&2 && exit 1; }
    echo "memcheck: $processes processes, no error"

# All that must pass before a change lands
[group('check')]
ci:
    .ci/run

# Install what the tests want, where it is missing: strace, binutils, gcc, util-linux, iproute2
[group('check')]
setup:
    @tools/need strace readelf=binutils cc=gcc,libc6-dev unshare=util-linux ip=iproute2

_lesson-tools:
    @tools/need strace wrk curl lsof ss=iproute2 ip=iproute2 unshare=util-linux ps=procps python3

# A Python that can make virtual environments: Debian packages that part by itself.
_venv:
    @python3 -c 'import ensurepip' 2>/dev/null || tools/need ensurepip=python3,python3-venv

_prysk: _venv
    @test -x target/prysk/bin/prysk || echo 'prysk is missing: pip installs it into target/prysk' >&2
    @test -x target/prysk/bin/prysk || python3 -m venv target/prysk
    @test -x target/prysk/bin/prysk || target/prysk/bin/pip install --quiet --disable-pip-version-check prysk==0.20.0

_mutants:
    @test -x target/mutants/bin/cargo-mutants || echo 'cargo-mutants is missing: cargo installs it into target/mutants, in some minutes' >&2
    @test -x target/mutants/bin/cargo-mutants || cargo install --quiet --locked --root target/mutants cargo-mutants@27.1.0

_build:
    @tools/build {{ release }} --release

_lab:
    @tools/build {{ lab }} --locked --manifest-path lab/Cargo.toml

_need TOOL PACKAGE='':
    @tools/need '{{ TOOL }}={{ if PACKAGE == "" { TOOL } else { PACKAGE } }}'

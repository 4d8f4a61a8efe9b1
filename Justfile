# acceptd: one HTTP response, under the classic server models

release := "target/release/acceptd"

import 'deploy/cpus.just'
import 'deploy/image.just'

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

# The same under strace: each system call, with the pid of who made it
[group('study')]
trace-iterative *OPTIONS: _build (_need "strace")
    strace -f {{ release }} iterative "$@"

# The same under strace: parent and children
[group('study')]
trace-fork *OPTIONS: _build (_need "strace")
    strace -f {{ release }} fork "$@"

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
bench *OPTIONS: _build (_need "wrk") (_need "gcc") (_need "musl-gcc" "musl-tools") (_need "python3") (_need "busybox" "busybox-static") (_need "/usr/sbin/mini_httpd" "mini-httpd") (_need "/usr/sbin/nginx" "nginx-light") (_need "/usr/sbin/lighttpd" "lighttpd")
    cargo run --quiet --release --manifest-path lab/Cargo.toml -- bench "$@"

# System calls, page faults and instructions of a connection: --check, or --record
[group('study')]
counts *OPTIONS: _build
    cargo run --quiet --release --manifest-path lab/Cargo.toml -- counts "$@"

# All tests, on the binary that ships and on the dev build
[group('check')]
test: setup
    cargo test --release
    cargo test

# Format, lints, and documentation without warnings
[group('check')]
lint:
    cargo fmt --check
    cargo clippy --all-targets -- --deny warnings
    RUSTDOCFLAGS='--deny warnings' cargo doc --no-deps --document-private-items

# Write the golden traces anew, from what the release build does
[group('check')]
bless: setup
    ACCEPTD_BLESS=1 cargo test --release --test it trace

# All that must pass before a change lands
[group('check')]
ci:
    .ci/run

# Install what is missing: strace, and what comes with every Debian
[group('check')]
setup: (_need "strace") (_need "readelf" "binutils") (_need "cc" "gcc") (_need "unshare" "util-linux")

_build:
    @cargo build --quiet --release

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

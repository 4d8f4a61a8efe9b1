# shellcheck shell=bash disable=SC2016
# A fresh Debian in a folder, with an ordinary user who may use sudo, as functions
# for bash. Wants root. Package sources, certificates and proxies are the host's.

# make_root SUITE FOLDER: what debootstrap calls minimal, and sudo and git.
make_root() {
    local suite=$1 root=$2 host sources
    # shellcheck source=/dev/null
    host=$(. /etc/os-release && echo "$VERSION_CODENAME")
    sources=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        sed -n "s/^Debian \(.*\) $host\(.*\)/deb \1 $suite\2/p")
    debootstrap --variant=minbase --include=git,sudo "$suite" "$root" \
        "$(awk -v suite="$suite" '$3 == suite { print $2; exit }' <<<"$sources")" >"$root.log" ||
        { tail "$root.log"; return 1; }
    echo "$sources" >"$root/etc/apt/sources.list"
    grep -l '^Acquire' /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d"
    rm -f "$root/etc/apt/apt.conf.d/docker-clean"
    cp /etc/resolv.conf /etc/hosts "$root/etc"
    # The host's own certificates, for ca-certificates when it comes.
    cp -r /usr/local/share/ca-certificates "$root/usr/local/share"
    if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$root/etc"; fi

    chroot "$root" useradd --create-home --shell /bin/bash newcomer
    echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/newcomer"
    local proxies='^(https?_proxy|no_proxy|all_proxy|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)='
    env | grep -E "$proxies" >>"$root/etc/environment" || :
    echo 'Defaults env_keep += "http_proxy https_proxy no_proxy"' >>"$root/etc/sudoers.d/newcomer"
    local cargo=${CARGO_HOME:-$HOME/.cargo}/config.toml
    if [ -e "$cargo" ]; then
        install -D -m 644 "$cargo" "$root/home/newcomer/.cargo/config.toml"
        chroot "$root" chown -R newcomer: /home/newcomer/.cargo
    fi
}

# boot ROOT: namespaces of its own for processes, mounts and terminals, the host's
# network; a first process that reaps. A chroot would not do: in one, no user may
# make a namespace, as tests do. Sets init, a pid on the host.
boot() {
    unshare --mount --pid --ipc --uts --fork --kill-child --propagation private \
        bash -euc '
            mount --bind "$1" "$1"
            cd "$1"
            mount -t proc proc proc
            mount -t sysfs -o ro sysfs sys
            mount -t tmpfs -o mode=755 tmpfs dev
            for name in null zero full random urandom tty; do
                touch "dev/$name"
                mount --bind "/dev/$name" "dev/$name"
            done
            mkdir dev/net dev/pts dev/shm
            mknod -m 666 dev/net/tun c 10 200
            mount -t devpts -o newinstance,ptmxmode=666,gid=5,mode=620 devpts dev/pts
            mount -t tmpfs tmpfs dev/shm
            ln -s pts/ptmx dev/ptmx
            ln -s /proc/self/fd dev/fd
            ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
            pivot_root . mnt
            umount -l /mnt
            touch /booted
            # bash reaps whatever becomes its child.
            exec bash -c "while :; do sleep 1000; done"' boot "$1" </dev/null &
    unshare=$!
    until [ -e "$1/booted" ]; do
        kill -0 "$unshare" # or set -e ends this
        sleep 0.1
    done
    init=$(tr -d ' ' <"/proc/$unshare/task/$unshare/children")
}

# inside COMMAND...: in the booted root, as root.
inside() {
    nsenter --target "$init" --mount --pid --ipc --uts "$@"
}

# newcomer COMMAND: the same as the ordinary user, in a login shell of theirs.
newcomer() {
    inside su -l newcomer -c "$1"
}

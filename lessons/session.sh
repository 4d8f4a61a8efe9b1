# A lesson as a session: the start-up file of the shell that runs it, which show
# starts at a terminal; and the functions that its page is made of, for both ways.

# text FIRST LAST: these lines of the page.
text() {
    sed -n "$1,$2p" "$PAGE"
}

# command FIRST LAST: these lines, which are a command, and a key, at a terminal.
command() {
    text "$1" "$2"
    if [ "${ASK-}" ]; then
        local key
        IFS= read -rsn 1 key
        [ "$key" != q ]
    fi
}

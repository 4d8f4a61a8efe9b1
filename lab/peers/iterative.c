// The C reference of `acceptd iterative`: accept4, recvfrom, sendto, close.
//
//     iterative PORT [SECONDS]
#include "server.h"

static char head[HEAD_MAX];

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    int seconds = argc > 2 ? atoi(argv[2]) : 0;
    for (;;) {
        int connection = accept4(listener, NULL, NULL, 0);
        if (connection < 0)
            continue;
        answer(connection, head, seconds);
        close(connection);
    }
}

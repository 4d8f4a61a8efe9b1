// The C reference of `acceptd iterative`: accept4, recvfrom, sendto, close.
#include "server.h"

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    for (;;) {
        int connection = accept4(listener, NULL, NULL, 0);
        if (connection < 0)
            continue;
        answer(connection);
        close(connection);
    }
}

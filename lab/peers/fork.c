// The C reference of `acceptd fork`: a child for every connection, reaped by
// SIGCHLD's handler.
//
//     fork PORT [SECONDS]
#include "server.h"
#include <signal.h>
#include <sys/wait.h>

static char head[HEAD_MAX];

static void reap(int signal) {
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    int seconds = argc > 2 ? atoi(argv[2]) : 0;
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
    sigaction(SIGCHLD, &action, NULL);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, 0);
        if (connection < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            answer(connection, head, seconds);
            close(connection);
            _exit(0);
        }
        close(connection);
    }
}

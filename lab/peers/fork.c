// The C reference of `acceptd fork`: a child for every connection, reaped by
// SIGCHLD's handler.
#include "server.h"
#include <signal.h>
#include <sys/wait.h>

static void reap(int signal) {
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
    sigaction(SIGCHLD, &action, NULL);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, 0);
        if (connection < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            answer(connection);
            close(connection);
            _exit(0);
        }
        close(connection);
    }
}

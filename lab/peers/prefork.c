// The C reference of `acceptd prefork`: WORKERS processes, forked first, that
// all accept from the same listener. The parent replaces one that dies.
//
//     prefork PORT WORKERS
#include "server.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static char head[HEAD_MAX];

static void work(int listener) {
    prctl(PR_SET_PDEATHSIG, SIGTERM); // a worker does not outlive its parent
    for (;;) {
        int connection = accept4(listener, NULL, NULL, 0);
        if (connection < 0)
            continue;
        answer(connection, head, 0);
        close(connection);
    }
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    int missing = atoi(argv[2]);
    for (;;) {
        for (; missing > 0; missing--)
            if (fork() == 0)
                work(listener);
        if (wait(NULL) > 0)
            missing = 1;
    }
}

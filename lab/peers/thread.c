// The C reference of `acceptd thread`: a detached thread for every connection.
//
//     thread PORT [SECONDS]
#include "server.h"
#include <limits.h>
#include <pthread.h>
#include <stdint.h>

static int seconds;

// The connection is the argument itself: nothing has to be allocated for it.
static void *serve(void *argument) {
    int connection = (intptr_t)argument;
    char head[HEAD_MAX];
    answer(connection, head, seconds);
    close(connection);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    seconds = argc > 2 ? atoi(argv[2]) : 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // Enough for the head: a default of 8 MiB for each of ten thousand is 80 GB of addresses.
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN + 4 * HEAD_MAX);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, 0);
        if (connection < 0)
            continue;
        pthread_t thread;
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)connection) != 0)
            close(connection);
    }
}

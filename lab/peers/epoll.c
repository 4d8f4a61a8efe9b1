// The C reference of `acceptd epoll`: all connections in one process. accept4
// and recvfrom come first; epoll_ctl is called only for a connection whose
// request is not there yet.
//
//     epoll PORT [SECONDS [keep-alive]]
//
// A head must come in one piece, as every benchmark's does: nothing is kept of
// a piece that does not end it.
#include "server.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

static const char KEPT[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA";

// Sleepers in the order of their ends, which is that of their beginnings. At
// most as many as there can be descriptors.
enum { MOST = 1 << 16 };
static struct sleeper {
    int connection;
    long long end; // milliseconds
} sleepers[MOST];
static unsigned first, next; // indices modulo MOST

static char head[HEAD_MAX];
static int poller, keeps_alive, seconds;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

// Answers what is there. IS_WATCHED: epoll knows the connection already.
static void serve(int connection, int is_watched) {
    for (;;) {
        ssize_t got = recv(connection, head, sizeof head, 0);
        if (got < 0 && errno == EAGAIN) {
            struct epoll_event event = {.events = EPOLLIN, .data.fd = connection};
            if (!is_watched)
                epoll_ctl(poller, EPOLL_CTL_ADD, connection, &event);
            return;
        }
        if (got <= 0)
            break;
        if (!memmem(head, got, "\r\n\r\n", 4))
            continue;
        if (!keeps_alive) {
            send(connection, RESPONSE, sizeof RESPONSE - 1, MSG_NOSIGNAL);
            break;
        }
        send(connection, KEPT, sizeof KEPT - 1, MSG_NOSIGNAL);
    }
    close(connection);
}

// Takes whoever waits, until nobody does.
static void accept_all(int listener) {
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (connection < 0)
            return;
        if (seconds > 0)
            sleepers[next++ % MOST] = (struct sleeper){connection, now() + 1000LL * seconds};
        else
            serve(connection, 0);
    }
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    int listener = open_listener(atoi(argv[1]));
    seconds = argc > 2 ? atoi(argv[2]) : 0;
    keeps_alive = argc > 3;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int timeout = -1;
        if (first != next) {
            long long left = sleepers[first % MOST].end - now();
            timeout = left > 0 ? left : 0;
        }
        int ready = epoll_wait(poller, events, 256, timeout);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener);
            else
                serve(events[i].data.fd, 1);
        }
        while (first != next && sleepers[first % MOST].end <= now())
            serve(sleepers[first++ % MOST].connection, 0);
    }
}

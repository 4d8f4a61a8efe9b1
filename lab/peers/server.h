// What the C references share: the listener, one exchange, the response.
// The calls are acceptd's, made through libc.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char RESPONSE[] =
    "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";

enum { HEAD_MAX = 4096 };

// socket, setsockopt, bind, listen: as acceptd, with its backlog.
static int open_listener(int port) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (listener < 0 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, 4096) < 0)
        exit(1);
    return listener;
}

// recv until the blank line that ends the head, then send. SECONDS: a sleep before that.
static inline void answer(int connection, char *head, int seconds) {
    size_t filled = 0;
    if (seconds > 0)
        nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
    while (!memmem(head, filled, "\r\n\r\n", 4)) {
        ssize_t got = recv(connection, head + filled, HEAD_MAX - filled, 0);
        if (got <= 0)
            return;
        filled += got;
    }
    send(connection, RESPONSE, sizeof RESPONSE - 1, MSG_NOSIGNAL);
}

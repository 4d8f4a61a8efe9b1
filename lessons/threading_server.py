"""A thread for each connection. It also makes those closes of a forking server that
its arguments name: `listener` is the child's, after its answer; `connection` is the
parent's, when the next connection takes the variable's place."""

import contextlib
import os
import socket
import sys
import threading

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"


def serve(connection):
    os.read(connection, 4096)
    os.write(connection, RESPONSE)
    os.close(connection)
    if "listener" in sys.argv:
        with contextlib.suppress(OSError):  # in C nobody looks
            os.close(listener)


server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(16)
listener = server.fileno()
print("python: listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)
connection = None
while True:
    accepted = server.accept()[0].detach()  # a number: nothing closes it but os.close
    if connection and "connection" in sys.argv:
        os.close(connection)
    connection = accepted
    print("accepted", connection, flush=True)
    threading.Thread(target=serve, args=(connection,)).start()

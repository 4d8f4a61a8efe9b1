"""Four workers that share a listener. Each waits in poll(2), not in accept(2)."""

import os
import select
import socket

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(16)
server.setblocking(False)
print("python: listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)
# The parent alone keeps `held`. When it ends, `parent` is ready in all workers.
parent, held = os.pipe()
for _ in range(4):
    if os.fork() == 0:
        os.close(held)
        poll = select.poll()
        poll.register(server, select.POLLIN)
        poll.register(parent, 0)
        while (parent, select.POLLHUP) not in poll.poll():
            try:
                connection, _ = server.accept()
            except BlockingIOError:  # another worker was faster
                continue
            connection.setblocking(True)
            connection.recv(4096)
            connection.send(RESPONSE)
            connection.close()
        os._exit(0)
os.wait()

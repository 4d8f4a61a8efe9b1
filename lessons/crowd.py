"""crowd.py PORT N: N clients connect and ask, and then read, all in one process."""

import resource
import socket
import sys
import time

port, count = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
begin = time.monotonic()
clients = []
for _ in range(count):
    client = socket.create_connection(("127.0.0.1", port))
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    clients.append(client)
answered = sum(client.recv(4096).endswith(b"A") for client in clients)
print("%d answered, in %d seconds" % (answered, time.monotonic() - begin))

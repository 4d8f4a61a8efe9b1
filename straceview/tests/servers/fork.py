"""A fork server that leaves all closing to the reference count, and reaps nobody."""

import os
import socket
import sys
import time

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen(16)

while True:
    connection, address = server.accept()
    if os.fork() == 0:
        time.sleep(float(sys.argv[1]))
        connection.recv(4096)
        connection.send(RESPONSE)
        connection.close()
        sys.exit()

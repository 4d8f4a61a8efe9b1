"""The article's second program in Python 3: a child for every connection.

    python3 fork.py PORT [SECONDS]

As in the article, the parent waits for no child: each stays a zombie until
the parent ends. And it closes no connection itself: the reference count does,
when the next connection takes the variable.
"""

import os
import socket
import sys
import time

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"
PORT = int(sys.argv[1])
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 0

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen(4096)

while True:
    connection, _ = server.accept()
    if os.fork() == 0:
        try:
            if SECONDS:
                time.sleep(SECONDS)
            connection.recv(4096)
            connection.sendall(RESPONSE)
        except ConnectionError:
            pass
        connection.close()
        sys.exit()

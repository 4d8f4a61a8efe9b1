"""The article's first program in Python 3: accept, answer, close.

    python3 iterative.py PORT [SECONDS]

SECONDS: how long to sleep before recv. The backlog is acceptd's, so that what
is compared is not the queue.
"""

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
    try:
        if SECONDS:
            time.sleep(SECONDS)
        connection.recv(4096)
        connection.sendall(RESPONSE)
    except ConnectionError:
        pass  # the client broke off: its own connection ends, nothing else
    connection.close()

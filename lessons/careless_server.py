"""The article's first server, for Python 3: one recv, one send, close."""

import socket

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1)
print("python: listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)
while True:
    conn, _ = server.accept()
    conn.recv(4096)
    conn.send(RESPONSE)
    conn.close()

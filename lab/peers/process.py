"""The article's third program in Python 3: multiprocessing.

    python3 process.py PORT

Not named multiprocessing.py: it would import itself.
"""

import multiprocessing
import socket
import sys

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"


def handler(connection):
    try:
        connection.recv(4096)
        connection.sendall(RESPONSE)
    except ConnectionError:
        pass
    connection.close()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")  # the article's; no longer the default in 3.14
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(sys.argv[1])))
    server.listen(4096)
    while True:
        connection, _ = server.accept()
        process = multiprocessing.Process(target=handler, args=(connection,))
        process.daemon = True
        process.start()

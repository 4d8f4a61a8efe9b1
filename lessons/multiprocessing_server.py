"""The article's last server, for Python 3: what `acceptd process` is modelled on.

Not named multiprocessing.py, which would hide the module of that name.
"""

import multiprocessing
import socket
import sys
import time

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"


def handler(conn, sleep):
    time.sleep(sleep)
    conn.recv(4096)
    conn.sendall(RESPONSE)
    conn.close()


def main():
    sleep = float(sys.argv[1]) if len(sys.argv) > 1 else 0
    multiprocessing.set_start_method("fork")  # no longer the default since Python 3.14
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", 0))
    server.listen(32)
    print("python: listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)
    while True:
        conn, _ = server.accept()
        process = multiprocessing.Process(target=handler, args=(conn, sleep))
        process.daemon = True
        process.start()


main()

"""A thread for each connection: one table of descriptors for all."""

import socket
import sys
import threading
import time

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"


def handle(connection):
    time.sleep(float(sys.argv[1]))
    connection.recv(4096)
    connection.send(RESPONSE)
    connection.close()


server = socket.create_server(("127.0.0.1", 0))
while True:
    connection, address = server.accept()
    threading.Thread(target=handle, args=(connection,), daemon=True).start()

"""A server that hands each connection to a daemonic multiprocessing.Process."""

import multiprocessing
import socket
import sys
import time

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"


def handle(connection, seconds):
    time.sleep(seconds)
    connection.recv(4096)
    connection.send(RESPONSE)
    connection.close()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", 0))
    server.listen(32)
    while True:
        connection, address = server.accept()
        arguments = (connection, float(sys.argv[1]))
        process = multiprocessing.Process(target=handle, args=arguments)
        process.daemon = True
        process.start()

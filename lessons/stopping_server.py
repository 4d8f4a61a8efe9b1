"""A listener that accepts nobody. At SIGTERM it does what its argument says: it
calls shutdown or close on the listener, and lives on; or it ends."""

import signal
import socket
import sys


def stop(*_):
    if sys.argv[1] == "shutdown":
        server.shutdown(socket.SHUT_RDWR)
    elif sys.argv[1] == "close":
        server.close()
    else:
        sys.exit()


signal.signal(signal.SIGTERM, stop)
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(16)
print("python: listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)
while True:
    signal.pause()

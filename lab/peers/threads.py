"""Python's own server with a thread for every connection: http.server.

    python3 threads.py PORT

Not named threading.py: it would import itself. It stops as the manual says:
shutdown, from another thread than the one that serves.
"""

import http.server
import signal
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response_only(200)
        self.send_header("Connection", "Close")
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"A")

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 4096


server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()

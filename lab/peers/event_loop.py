"""Python's event loop, asyncio: all connections in one thread.

    python3 event_loop.py PORT [keep-alive]

Not named asyncio.py: it would import itself. It stops as the manual says: the
server is closed, and then what it still serves is waited for.
"""

import asyncio
import signal
import sys

RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA"
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA"
KEEPS_ALIVE = len(sys.argv) > 2


async def serve(reader, writer):
    try:
        await reader.readuntil(b"\r\n\r\n")
        while KEEPS_ALIVE:
            writer.write(KEPT)
            await reader.readuntil(b"\r\n\r\n")
        writer.write(RESPONSE)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client broke off, or has had enough
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
    await server.wait_closed()
    served = asyncio.all_tasks() - {asyncio.current_task()}
    if served:
        await asyncio.wait(served)


asyncio.run(main())

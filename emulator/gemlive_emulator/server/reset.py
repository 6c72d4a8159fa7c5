"""The end of a TCP connection by a reset: the peer gets an error where others would get the end of the stream."""

import asyncio
import socket
import struct
import sys


def reset_by_peer(transport: asyncio.Transport) -> None:
    """End the connection at once, and so that the peer sees ``ECONNRESET``."""
    # Without this, a socket that is closed early ends like any other.
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()

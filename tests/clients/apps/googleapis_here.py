"""A pytest plugin that has every ``*.googleapis.com`` of this process at ``GOOGLEAPIS_AT`` (host and port).

For clients that read no base URL. TLS is as strict as ever: the server there has to have a certificate for Google's name.
"""

import os
import socket

HERE, PORT = os.environ["GOOGLEAPIS_AT"].rsplit(":", 1)
look_up = socket.getaddrinfo


def look_up_here(host, port, *more, **options):
    """As ``socket.getaddrinfo``, but for Google's names."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name.endswith(".googleapis.com"):
        host, port = HERE, int(PORT)
    return look_up(host, port, *more, **options)


socket.getaddrinfo = look_up_here

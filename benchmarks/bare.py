"""The yardstick: a bare ``websockets`` server that sends ready-made frames for each message and does nothing else."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve

BACKLOG = 1024
"""The default of 100 makes 500 simultaneous clients wait for retransmissions: that would measure the kernel."""


CLOSE = (1011, "Deadline expired before operation could complete.")


async def end(connection: ServerConnection) -> None:
    """End a connection as the Live API ends those that have lasted too long."""
    await connection.send(b'{"goAway":{"timeLeft":"50s"}}')
    await connection.close(*CLOSE)


async def run(frames: list[bytes]) -> None:
    """Serve on a free port until SIGTERM, end all connections at SIGUSR1; a line on stdout says when it listens."""

    async def talk(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(b'{"setupComplete":{}}')
        async for _ in connection:
            for frame in frames:
                await connection.send(frame)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    options = {"compression": None, "ping_interval": None, "backlog": BACKLOG, "close_timeout": 1}
    async with serve(talk, "127.0.0.1", 0, **options) as server, asyncio.TaskGroup() as ends:
        loop.add_signal_handler(signal.SIGUSR1, lambda: [ends.create_task(end(one)) for one in server.connections])
        print(f"bare ready port={server.sockets[0].getsockname()[1]}", flush=True)
        await stop.wait()


def main() -> None:
    """``python -m benchmarks.bare --frames FILE``; the frames are a JSON list of strings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=Path, required=True)
    options = parser.parse_args()
    frames = [frame.encode() for frame in json.loads(options.frames.read_text())]
    asyncio.run(run(frames))


if __name__ == "__main__":
    main()

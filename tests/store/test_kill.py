"""Kill -9 among two hundred sessions: what a client was told holds."""

import asyncio
import random

from processes import Client, Process
from websockets.exceptions import ConnectionClosed

TEXT_CLIENTS = 180
VOICE_CLIENTS = 20
ROUNDS = 3


async def test_every_handle_resumes_after_kill_9_with_all_that_it_covered(tmp_path):
    store, draw = f"sqlite:{tmp_path / 'sessions.db'}", random.Random(5)
    clients = [Client(f"t{number}") for number in range(TEXT_CLIENTS)]
    clients += [Client(f"v{number}", "gemini-3.8-live") for number in range(VOICE_CLIENTS)]
    server = Process(store)
    try:
        for _ in range(ROUNDS):
            # Each may be in the middle of anything when it comes, since the others' turns decide when.
            await _talk_until_killed(clients, server, draw.randrange(300, 700))
            server = Process(store)
            held = [client.handle for client in clients]
            assert all(held[:TEXT_CLIENTS])
            await asyncio.gather(*(_remembers_all(client, server) for client in clients))
    finally:
        server.kill()


async def _talk_until_killed(clients: list[Client], server: Process, turns: int) -> None:
    left = turns

    async def talk(client: Client) -> None:
        nonlocal left
        await client.open(server.port)
        while True:
            await client.turn(f"{client.name}-{len(client.said)}")
            left -= 1
            if left == 0:
                server.kill()

    async def until_the_end(client: Client) -> None:
        try:
            await talk(client)
        except (ConnectionClosed, OSError, EOFError):
            await client.close()

    async def begin(client: Client) -> None:
        await client.open(server.port)
        await client.turn(f"{client.name}-0")
        await client.close()

    # One turn each beforehand, so that everybody holds a handle.
    await asyncio.gather(*(begin(client) for client in clients if not client.handle))
    await asyncio.gather(*map(until_the_end, clients))


async def _remembers_all(client: Client, server: Process) -> None:
    covered = list(client.covered)
    await client.open(server.port)
    answer = (await client.turn("again")).strip().split("|")
    if client.speaks:
        # The session may have heard more than was answered to its end.
        assert answer[: len(covered)] == covered
        client.said = client.covered = answer
    else:
        assert answer == [*covered, "again"]
    await client.close()

"""Two emulators behind one address, one Redis behind them, and clients that go from one to the other."""

import asyncio
import random

from processes import Client, processes

CLIENTS = 200
HOPS = 5
"""Connections of each client, one after the other; a minute of it is some sixty."""


async def test_clients_hop_between_two_emulators_and_lose_no_turn(redis_server):
    draw = random.Random(7)
    with processes(redis_server.url, 2) as emulators:
        ports = [emulator.port for emulator in emulators]

        async def hop(client: Client) -> None:
            said: list[str] = []
            for number in range(HOPS):
                await client.open(draw.choice(ports))
                for turn in range(draw.randint(1, 2)):
                    said.append(f"{client.name}-{number}.{turn}")
                    answer = await client.turn(said[-1])
                    assert answer.strip().split("|") == said
                await client.close()

        await asyncio.gather(*(hop(Client(f"c{number}")) for number in range(CLIENTS)))

"""One recorded session: two connections, and all messages passed from one to the other as they come."""

import asyncio
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Request

from gemlive_emulator.record.dialling import dial
from gemlive_emulator.record.leg import End, Leg, Message
from gemlive_emulator.record.roll import Roll
from gemlive_emulator.record.upstream import Secrets, Upstream, passed_on
from gemlive_emulator.server.redact import clean, redacting_logger
from gemlive_emulator.server.refusal import HEADERS, Refusal
from gemlive_emulator.wire.closes import LOST, SENDABLE
from gemlive_emulator.wire.errors import EmulatorError

GOING_AWAY = 1001
CUT_OFF = End(LOST, "")

log = redacting_logger("record")

Recorded = Callable[[Request, Secrets], Roll]
"""Begins the recording of a session for its upgrade request."""


async def relay(leg: Leg, request: Request, upstream: Upstream, recorded: Recorded, max_message: int) -> None:
    """Serve one client from its upgrade request to its end.

    Args:
        leg: the connection to the client.
        request: that has come there.
        upstream: the service.
        recorded: begins the recording, once the service has let the client in.
        max_message: octets of the longest message.
    """
    headers = list(request.headers.raw_items())
    secrets = Secrets(request.path, headers)
    try:
        service = await dial(upstream, request.path, headers, max_message)
    except InvalidStatus as refused:
        response = refused.response
        body = bytes(response.body or b"")
        log.info(
            "refused by the service: %d %s", response.status_code, secrets.out_of_text(body[:300].decode("latin-1"))
        )
        leg.reject(response.status_code, passed_on(response.headers.raw_items()), body)
        return
    except (OSError, WebSocketException, EmulatorError) as error:
        _refuse(leg, f"{upstream.shown} cannot be reached: {secrets.out_of_text(str(error) or type(error).__name__)}")
        return
    if leg.ended is not None:
        service.transport.abort()
        return
    try:
        roll = recorded(request, secrets)
    except EmulatorError as error:
        await service.close(GOING_AWAY)
        _refuse(leg, f"nothing can be recorded: {error}")
        return
    leg.accept()
    try:
        await _pass_on(leg, service, roll)
    except asyncio.CancelledError:
        leg.close(End(GOING_AWAY, ""))
        raise
    finally:
        roll.close()
        service.transport.abort()


def _refuse(leg: Leg, why: str) -> None:
    log.error("%s", why)
    leg.reject(502, list(HEADERS.items()), Refusal(502, clean(why)).body())


async def _pass_on(leg: Leg, service: ClientConnection, roll: Roll) -> None:
    """Pass messages on in both directions until one side ends; the other then ends the same way."""
    from_client = asyncio.create_task(_up(leg, service, roll))  # noqa: TID251 - awaited below, whatever happens
    from_service = asyncio.create_task(_down(leg, service, roll))  # noqa: TID251 - the same
    both = (from_client, from_service)
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        if leg.ended is not None:  # before anything is awaited: the proxy may stop just now
            roll.end("client", leg.ended)
        await asyncio.wait(both)
    if from_client in done and not from_client.cancelled():
        end = from_client.result()
        log.info("%s: closed by the client: %d %s", roll.path.name, end.code, end.words)
        await _close(service, end)
    else:
        end = from_service.result()
        roll.end("server", end)
        log.info("%s: closed by the service: %d %s", roll.path.name, end.code, end.words)
        leg.close(end)


async def _up(leg: Leg, service: ClientConnection, roll: Roll) -> End:
    """From the client to the service; gives how the client ended."""
    while isinstance(message := await leg.receive(), Message):
        roll.message("client", message)
        try:
            await service.send(message.payload, text=message.text)
        except ConnectionClosed:
            # Whoever reads of the service tells how it ended, and that counts.
            await asyncio.Future()
    return message


async def _down(leg: Leg, service: ClientConnection, roll: Roll) -> End:
    """From the service to the client; gives how the service ended."""
    try:
        while True:
            told = await service.recv()
            message = Message(told.encode(), True) if isinstance(told, str) else Message(told, False)
            roll.message("server", message)
            await leg.send(message)
    except ConnectionClosed as closed:
        return End(LOST, "") if closed.rcvd is None else End(closed.rcvd.code, closed.rcvd.reason)


async def _close(service: ClientConnection, end: End) -> None:
    """End at the service as the client did."""
    if end.code == LOST:
        service.transport.abort()
    else:
        await service.close(end.code if end.code in SENDABLE else 1000, end.words)

"""Operations that tell of sessions: what was sent and said in them, as JSON, as a recording, and for a person."""

from collections.abc import Mapping
from typing import Any, Literal

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from gemlive_emulator.server.control.operations import Operation, Shape
from gemlive_emulator.server.control.refused import HEADERS, Refused
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.views.messages import Message
from gemlive_emulator.server.views.session_view import SessionView
from gemlive_emulator.server.views.sound import NoSoundError
from gemlive_emulator.wire.errors import EmulatorError

ONLY, LAST = "only", "last"
"""Stand for the name of the only session that is kept, and of the one that began last."""

LINES, TEXT, WAV = "application/jsonl", "text/plain; charset=utf-8", "audio/wav"

NO_SESSION = {404: "No session of this name is kept; or `only` was asked for, and not one is."}


class CallTold(Shape):
    """A function that the model wanted called."""

    id: str
    name: str
    args: dict[str, Any]
    responses: tuple[Any, ...]
    """What the client answered, the first answer first."""
    cancelled: bool
    """Whether the model took the call back."""


class TurnTold(Shape):
    """A turn of the model."""

    said: str
    """The text that the client was sent, or the words of the speech."""
    spoken: bool
    """Whether it was said aloud."""
    calls: tuple[CallTold, ...]
    heard_ms: int | None
    """Milliseconds that the client can have heard when it was interrupted; null if it was not."""
    complete: bool
    """Whether it came to its end."""
    reason: str
    """Why it ended, or empty."""


class End(Shape):
    """How a session ended."""

    code: int
    """The close code; 1006 if the connection was lost."""
    words: str


class SessionTold(Shape):
    """One session, as far as it has come."""

    name: str
    """As in the log."""
    connection: int
    """The number of its connection at the emulator, from 1."""
    model: str
    """Empty until a setup was accepted, as are modality and voice."""
    modality: str
    voice: str
    setup: dict[str, Any]
    """What the client sent, with the names of the reference."""
    heard: tuple[str, ...]
    """What the user said, typed or spoken."""
    turns: tuple[TurnTold, ...]
    handles: tuple[str, ...]
    """The resumption handles that the client was given."""
    audio_sent: float
    """Seconds of sound that the client streamed."""
    audio_received: float
    """Seconds of sound that it was sent."""
    closed: End | None
    """Null while it is open."""


class SessionsTold(Shape):
    """The sessions that are kept, the oldest first, open or not."""

    sessions: tuple[SessionTold, ...]


class MessageTold(Shape):
    """One message."""

    time: float
    """Seconds since the session began."""
    side: Literal["client", "server"]
    """Who sent it."""
    kind: str
    """What it is about: `setup`, `realtimeInput`, `serverContent` ..."""
    body: dict[str, Any]
    """With the names of the reference; empty if it is no JSON object."""


class MessagesTold(Shape):
    """What was sent in a session and is kept, in order."""

    messages: tuple[MessageTold, ...]


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator's sessions, that tell of them."""

    async def everything(request: Request, body: None) -> SessionsTold:
        return SessionsTold(sessions=tuple(map(told, emulator.sessions)))

    async def one(request: Request, body: None) -> SessionTold:
        return told(named(emulator, request))

    async def messages(request: Request, body: None) -> MessagesTold:
        found = named(emulator, request).messages
        return MessagesTold(messages=tuple(_message(each) for each in found if _is_wanted(each, request.query_params)))

    async def recording(request: Request, body: None) -> Response:
        return _as(LINES, named(emulator, request).recording)

    async def account(request: Request, body: None) -> Response:
        return _as(TEXT, named(emulator, request).account + "\n")

    async def audio(request: Request, body: None) -> Response:
        view = named(emulator, request)
        try:
            sound = view.audio_sent if request.query_params.get("side") == "client" else view.audio
        except NoSoundError as error:
            wrong, _, right = str(error).partition("; ")
            raise Refused(409, wrong, right) from None
        except EmulatorError as error:
            raise Refused(409, str(error), "ask for the recording, which has each message") from None
        return _as(WAV, sound.to_wav(), {"X-Sha256": sound.sha256})

    path = "/sessions/{name}"
    side = {"side": "`client` or `server`: who sent it"}
    return (
        Operation(
            name="listSessions",
            method="GET",
            path="/sessions",
            summary="Tell of all sessions that are kept",
            handle=everything,
            answer=SessionsTold,
        ),
        Operation(
            name="getSession",
            method="GET",
            path=path,
            summary="Tell of a session",
            handle=one,
            answer=SessionTold,
            refusals=NO_SESSION,
        ),
        Operation(
            name="listMessages",
            method="GET",
            path=f"{path}/messages",
            summary="Tell what was sent in a session",
            handle=messages,
            answer=MessagesTold,
            query={**side, "kind": "what it is about: `setup`, `clientContent`, `toolCall` ..."},
            refusals=NO_SESSION,
        ),
        Operation(
            name="getRecording",
            method="GET",
            path=f"{path}/recording",
            summary="Give the recording of a session, which `gemlive-emulator replay` serves",
            handle=recording,
            answer=LINES,
            refusals=NO_SESSION,
        ),
        Operation(
            name="getAccount",
            method="GET",
            path=f"{path}/account",
            summary="Tell a session so that a person can follow it",
            handle=account,
            answer=TEXT,
            refusals=NO_SESSION,
        ),
        Operation(
            name="getAudio",
            method="GET",
            path=f"{path}/audio",
            summary="Give the sound that the client was sent, or sent itself, as a WAV file; its header has the hash",
            handle=audio,
            answer=WAV,
            query=side,
            refusals={**NO_SESSION, 409: "The emulator keeps no sound, or its rate changes in between."},
        ),
    )


def _as(kind: str, content: str | bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(content, headers={**HEADERS, "Content-Type": kind, **(headers or {})})


def named(emulator: Emulator, request: Request) -> SessionView:
    """The session that the path names.

    Raises:
        Refused: 404, there is none.
    """
    name, kept = request.path_params["name"], emulator.sessions
    if name == LAST and kept:
        return kept[-1]
    if name == ONLY and len(kept) == 1:
        return kept[0]
    found = next((view for view in kept if view.name == name), None)
    if found is None:
        wrong = f"no session {ascii(name)[:80]} is kept" if name != ONLY else f"{len(kept)} sessions are kept, not one"
        raise Refused(404, wrong, "GET /emulator/v1/sessions lists those that are; `last` is the newest")
    return found


def told(view: SessionView) -> SessionTold:
    """A session in its shape."""
    sent, received = view.audio_seconds
    return SessionTold(
        name=view.name,
        connection=view.connection,
        model=view.model,
        modality=view.modality,
        voice=view.voice,
        setup=dict(view.setup),
        heard=view.heard,
        turns=tuple(
            TurnTold(
                said=turn.said,
                spoken=turn.spoken,
                calls=tuple(
                    CallTold(
                        id=call.id,
                        name=call.name,
                        args=dict(call.args),
                        responses=tuple(call.responses),
                        cancelled=call.cancelled,
                    )
                    for call in turn.calls
                ),
                heard_ms=turn.heard_ms,
                complete=turn.complete,
                reason=turn.reason,
            )
            for turn in view.turns
        ),
        handles=view.handles,
        audio_sent=sent,
        audio_received=received,
        closed=None if view.closed is None else End(code=view.closed[0], words=view.closed[1]),
    )


def _message(message: Message) -> MessageTold:
    return MessageTold(time=message.time, side=message.side, kind=message.kind, body=message.body)


def _is_wanted(message: Message, query: QueryParams) -> bool:
    return query.get("side", message.side) == message.side and query.get("kind", message.kind) == message.kind

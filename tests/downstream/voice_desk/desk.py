"""A conversation with the model: microphone and typed words go in, sound comes out, functions are called."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

from google import genai
from google.genai import types
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from voice_desk.speaker import Speaker

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
MICROPHONE = "audio/pcm;rate=16000"
ATTEMPTS = 3
FINAL = {
    1000: "The service has hung up",
    1007: "The service did not understand us",
    1008: "The service refuses us",
}
DEAD_HANDLES = ("session not found", "Invalid session handle")


class DeskClosed(Exception):
    """The conversation is over; says why, in words for the user."""


class VoiceDesk:
    """Talks with one user, over as many connections as it takes: ``async with VoiceDesk(book_table) as desk``.

    ``transcript`` has who said what; ``speaker`` has the sound that waits to be played.
    """

    def __init__(self, *functions: Callable[..., Any], model: str = MODEL, pause: float = 0.5) -> None:
        self.speaker = Speaker()
        self.transcript: list[tuple[str, str]] = []
        self._functions = {function.__name__: function for function in functions}
        self._model, self._pause = model, pause
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._handle: str | None = None
        self._question: str | None = None
        self._heard = self._said = ""
        self._failed = 0

    async def __aenter__(self) -> Self:
        self._client, self._open = genai.Client(), asyncio.Event()
        # Not the functions as they are: in the JSON Schema that the SDK makes of them most models see no parameters.
        self._declared = [
            types.FunctionDeclaration.from_callable_with_api_option(callable=function, api_option="GEMINI_API")
            for function in self._functions.values()
        ]
        self._talk = asyncio.create_task(self._keep_talking())
        await self._unless_over(self._open.wait())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._open.is_set():
            await self._session.close()
        self._talk.cancel()
        await asyncio.gather(self._talk, return_exceptions=True)

    async def ask(self, text: str) -> str:
        """Type this; gives the answer when it has been said."""
        await self.type(text)
        return await self.answer()

    async def type(self, text: str) -> None:
        """Type this, and do not wait for the answer."""
        self.transcript.append(("user", text))
        self._question = text
        await self._put_question()

    async def listen(self, microphone: AsyncIterator[bytes]) -> None:
        """Stream a microphone (s16le mono, 16 kHz) until it ends."""
        async for piece in microphone:
            await self._send(audio=types.Blob(data=piece, mime_type=MICROPHONE))
        await self._send(audio_stream_end=True)

    async def answer(self) -> str:
        """The next answer, when it has been said or the user has interrupted it."""
        return await self._unless_over(self._answers.get())

    async def _send(self, **realtime: Any) -> None:
        await self._unless_over(self._open.wait())
        try:
            await self._session.send_realtime_input(**realtime)
        except ConnectionClosed:
            self._open.clear()  # a piece of sound is lost; those that follow go to the next connection

    async def _put_question(self) -> None:
        if self._question is None or not self._open.is_set():
            return
        turn = types.Content(role="user", parts=[types.Part(text=self._question)])
        with suppress(ConnectionClosed):  # if it is lost, the next one gets the question
            await self._session.send_client_content(turns=turn, turn_complete=True)

    async def _keep_talking(self) -> None:
        while True:
            try:
                async with self._client.aio.live.connect(model=self._model, config=self._config()) as self._session:
                    self._open.set()
                    await self._put_question()
                    await self._hear()
            except (APIError, ConnectionClosed, InvalidHandshake, OSError) as error:
                await self._recover(error)
            finally:
                self._open.clear()
                self._forget_turn()

    async def _recover(self, error: Exception) -> None:
        """Make ready for the next connection, or give up."""
        code, words = getattr(error, "code", 0), str(error)
        if self._handle and any(dead in words for dead in DEAD_HANDLES):
            self._handle = None
            return
        self._failed += 1
        if code in FINAL or "quota" in words:
            raise DeskClosed(f"{FINAL.get(code, 'The service is used up')}: {words}") from error
        if self._failed == ATTEMPTS:
            raise DeskClosed(f"The service cannot be reached: {words}") from error
        await asyncio.sleep(self._pause * self._failed)

    def _config(self) -> types.LiveConnectConfig:
        return types.LiveConnectConfig(
            response_modalities=[types.Modality.AUDIO],
            input_audio_transcription=types.AudioTranscriptionConfig(),
            output_audio_transcription=types.AudioTranscriptionConfig(),
            session_resumption=types.SessionResumptionConfig(handle=self._handle),
            tools=[types.Tool(function_declarations=self._declared)] if self._declared else [],
        )

    async def _hear(self) -> None:
        """Take what the model sends, until the server wants the connection to end."""
        leaving = False
        while True:
            async for message in self._session.receive():
                if message.server_content:
                    self._take(message.server_content)
                if message.tool_call:
                    for call in message.tool_call.function_calls:
                        self._calls[call.id] = asyncio.create_task(self._call(self._session, call))
                if message.tool_call_cancellation:
                    for name in message.tool_call_cancellation.ids:
                        self._calls[name].cancel()
                update = message.session_resumption_update
                if update and update.resumable:
                    self._handle = update.new_handle
                leaving = leaving or message.go_away is not None
                if leaving and (update or message.go_away) and not self._busy:
                    return  # and not before the handle that knows the last answer

    @property
    def _busy(self) -> bool:
        return bool(self._question or self._heard or self._said)

    def _take(self, content: types.LiveServerContent) -> None:
        self._failed = 0
        if content.interrupted:
            self.speaker.flush()
        for part in (content.model_turn and content.model_turn.parts) or ():
            if part.inline_data:
                self.speaker.feed(part.inline_data.data)
        if content.input_transcription:
            self._heard += content.input_transcription.text or ""
        if content.output_transcription:
            self._said += content.output_transcription.text or ""
        if content.turn_complete:
            self._end_turn()

    def _end_turn(self) -> None:
        told = [("user", self._heard.strip()), ("desk", self._said)]
        self.transcript += [(who, words) for who, words in told if words]
        self._answers.put_nowait(self._said)
        self._question = None
        self._heard = self._said = ""

    def _forget_turn(self) -> None:
        """A connection is over: what was half said is asked for again, and calls are nobody's any more."""
        if self._busy:
            self.speaker.flush()
        self._heard = self._said = ""
        for call in self._calls.values():
            call.cancel()
        self._calls.clear()

    async def _call(self, session: AsyncSession, call: types.FunctionCall) -> None:
        try:
            result = self._functions[call.name](**call.args)
            response = {"result": await result if inspect.isawaitable(result) else result}
        except Exception as error:
            response = {"error": str(error)}  # the model tells the user
        answer = types.FunctionResponse(id=call.id, name=call.name, response=response)
        with suppress(ConnectionClosed):
            await session.send_tool_response(function_responses=answer)

    async def _unless_over(self, coming: Awaitable[Any]) -> Any:
        """What is waited for; the reason if the conversation ends first."""
        waiting = asyncio.ensure_future(coming)
        await asyncio.wait({waiting, self._talk}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            await self._talk
        return waiting.result()

"""Tool rounds in the messages of each family, against the shapes of recorded sessions (repeats folded)."""

from typing import Any

from test_dialects import (
    CASCADE_MIME,
    NATIVE_MIME,
    TRANSCRIBED,
    TRANSCRIPT,
    audio,
    content,
    counts,
    end,
    folded,
)

from gemlive_emulator.session.steps import Conversation, Reply, Say, Think, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint

PARAMETERS = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
TOOLS = [{"functionDeclarations": [{"name": "get_weather", "description": "The weather.", "parameters": PARAMETERS}]}]
CALL = (("toolCall", (("functionCalls", ((("name", "..."), ("args", (("city", "..."),)), ("id", "...")),)),)),)
GENERATED = content(generationComplete=True)


def weather(turn: UserTurn, conversation: Conversation) -> Reply:
    """Without a thought, as the tool round of 2.5 was recorded."""
    yield Think("")
    (result,) = yield CallTools((ToolCall("get_weather", {"city": "London"}),))
    yield Say(f"It is {result.response['output']} in London today, and it will stay like that.")


def round_of(model: str, backend: Backend | None = None, answered: bool = True, **setup: Any) -> Playbook:
    book = Playbook(weather, Endpoint(backend))
    book.open(model, tools=TOOLS, **setup)
    book.say("What is the weather in London?")
    while not (called := [message.body for message in book.messages if "toolCall" in message.body]):
        book.advance(0.1)
    if answered:
        (call,) = called[0]["toolCall"]["functionCalls"]
        response = {"id": call.get("id"), "name": "get_weather", "response": {"output": "20 degrees"}}
        book.receive({"toolResponse": {"functionResponses": [response]}})
    book.finish()
    assert book.closed is None
    return book


def test_2_5_native_audio_as_recorded():
    book = round_of("models/gemini-2.5-flash-native-audio-preview-09-2025", **TRANSCRIBED)
    messages = folded(book)
    assert messages[:3] == [(("setupComplete", ()),), CALL, TRANSCRIPT]
    assert set(messages[3:-2]) == {TRANSCRIPT, audio(NATIVE_MIME)}
    assert messages[-2:] == [GENERATED, end(usage=counts("response", "TEXT+AUDIO"))]


def test_vertex_half_cascade_as_recorded():
    """The response came before the end of the call's turn, and its answer is another turn."""
    book = round_of("publishers/google/models/gemini-live-2.5-flash", **TRANSCRIBED)
    opening, finished = content(outputTranscription=()), content(outputTranscription=(("finished", True),))
    ends = end(("groundingMetadata", ()), usage=counts("candidates", "TEXT+AUDIO"))
    assert folded(book) == [
        (("setupComplete", (("sessionId", "..."),)),),
        opening,
        CALL,
        finished,
        GENERATED,
        ends,
        opening,
        TRANSCRIPT,
        finished,
        audio(CASCADE_MIME, role=True),
        GENERATED,
        ends,
    ]


def test_3_1_as_recorded():
    book = round_of("models/gemini-3.1-flash-live-preview", **TRANSCRIBED)
    spoken, bundled = audio(NATIVE_MIME), audio(NATIVE_MIME, transcription=True)
    messages = folded(book)
    assert messages[:6] == [
        (("setupComplete", ()),),
        content(),
        CALL,
        (("sessionResumptionUpdate", (("newHandle", "..."), ("resumable", True))),),
        content(),
        bundled,
    ]
    assert set(messages[6:-2]) == {spoken, bundled}
    assert messages[-2:] == [GENERATED, end(usage=counts("response", "AUDIO"))]


def test_half_cascade_on_the_gemini_api_writes_calls_as_code():
    """Recorded (tools notebook, cell 33): code, call, response, its result, text."""
    book = round_of("models/gemini-live-2.5-flash-preview", generationConfig={"responseModalities": ["TEXT"]})
    parts = [message.body["serverContent"].get("modelTurn", {}).get("parts", [{}])[0] for message in contents(book)]
    assert parts[0] == {
        "executableCode": {"language": "PYTHON", "code": "print(default_api.get_weather(city='London'))"}
    }
    assert parts[1] == {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "{'output': '20 degrees'}"}}
    kinds = [next(iter(message.body)) for message in book.messages]
    assert kinds[1:4] == ["serverContent", "toolCall", "serverContent"]


def contents(book: Playbook) -> list[Any]:
    return [message for message in book.messages if "serverContent" in message.body]


def test_2_0_on_vertex_calls_without_ids():
    """Recorded: calls of 2.0 on Vertex had no id; the response is taken by its name."""
    book = round_of("publishers/google/models/gemini-2.0-flash-live-001", Backend.VERTEX)
    (call,) = next(message.body for message in book.messages if "toolCall" in message.body)["toolCall"]["functionCalls"]
    assert call == {"name": "get_weather", "args": {"city": "London"}}
    assert sum("turnComplete" in str(message.body) for message in book.messages) == 2


def test_extended_thinking_tells_that_it_goes_on():
    config = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    book = round_of("models/gemini-3.8-live-extended-thinking", generationConfig=config)
    called = next(message.body for message in book.messages if "toolCall" in message.body)
    assert called["interactionStatus"] == "IN_PROGRESS"
    ends = [
        message.body["serverContent"] for message in contents(book) if "turnComplete" in message.body["serverContent"]
    ]
    assert [one["interactionStatus"] for one in ends] == ["IN_PROGRESS", "IDLE"]


def test_a_transcription_that_was_finished_is_not_finished_again():
    """Where something was said before a call, its transcription is complete already."""

    def speaks_first(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("Let me see.")
        yield from weather(turn, conversation)

    book = Playbook(speaks_first, Endpoint(Backend.VERTEX))
    model = "publishers/google/models/gemini-live-2.5-flash"
    book.open(model, tools=TOOLS, **TRANSCRIBED)
    book.say("What is the weather in London?")
    book.finish()
    marks = [message.body["serverContent"].get("outputTranscription") for message in contents(book)]
    assert [mark for mark in marks if mark is not None and "text" not in mark] == [{}, {"finished": True}]

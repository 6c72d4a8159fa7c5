"""The sequences of messages, family by family, against the shapes of recorded sessions (repeats folded)."""

import json
from itertools import groupby
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gemlive_emulator.audio.cut import cut
from gemlive_emulator.audio.speech import OUTPUT_RATE, Sound, Speech
from gemlive_emulator.audio.words import spread
from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.profiles.catalogue import find
from gemlive_emulator.profiles.dialect import Dialect, Wishes
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.session.commands import Close, TextPart
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.codec import encode, read_server
from gemlive_emulator.wire.endpoint import Endpoint

TRANSCRIBED: dict[str, Any] = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}
ANSWERS = {
    "Hello": "Hello there! How can I help you today?\n",
    "What is the capital of Brazil?": "The capital of Brazil is **Brasília**.\n",
}
NATIVE_MIME, CASCADE_MIME = "audio/pcm;rate=24000", "audio/pcm"


def answer(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(ANSWERS.get(turn.text, "Good day."))


def talk(model: str, *questions: str, **setup: Any) -> Playbook:
    book = Playbook(answer, Endpoint(None))
    book.open(model, **setup)
    for question in questions:
        book.say(question)
        book.finish()
    assert book.closed is None
    return book


def shape(value: Any, key: str = "") -> Any:
    """Keys and structure; values only where the recordings agree on them."""
    if isinstance(value, dict):
        return tuple((name, shape(inner, name)) for name, inner in value.items() if name != "usageMetadata") + (
            (("usageMetadata", tuple(usage_keys(value["usageMetadata"]))),) if "usageMetadata" in value else ()
        )
    if isinstance(value, list):
        return tuple(shape(inner) for inner in value)
    return value if key in ("mimeType", "role") or isinstance(value, bool) else "..."


def usage_keys(usage: dict[str, Any]) -> list[str]:
    details = [
        f"{name}:{'+'.join(one['modality'] for one in usage[name])}" for name in usage if name.endswith("Details")
    ]
    return sorted(name for name in usage if not name.endswith("Details")) + sorted(details)


def folded(book: Playbook) -> list[Any]:
    return [key for key, _ in groupby(shape(message.body) for message in book.messages)]


def content(**fields: Any) -> Any:
    return (("serverContent", tuple(fields.items())),)


def audio(mime: str, *, role: bool = False, transcription: bool = False) -> Any:
    parts = (("parts", ((("inlineData", (("mimeType", mime), ("data", "..."))),),)),)
    turn = ((("role", "model"),) if role else ()) + parts
    beside = {"outputTranscription": (("text", "..."),)} if transcription else {}
    return content(modelTurn=turn, **beside)


TRANSCRIPT = content(outputTranscription=(("text", "..."),))
COMPLETE = content(generationComplete=True)


def end(*beside: tuple[str, Any], usage: list[str]) -> Any:
    return (("serverContent", (("turnComplete", True), *beside)), ("usageMetadata", tuple(usage)))


def counts(prefix: str, modalities: str, *extra: str) -> list[str]:
    plain = sorted(["promptTokenCount", f"{prefix}TokenCount", "totalTokenCount", *extra])
    return plain + sorted(["promptTokensDetails:TEXT", f"{prefix}TokensDetails:{modalities}"])


def test_2_0_text_as_in_the_log_of_the_notebook():
    book = talk(
        "models/gemini-2.0-flash-live-001",
        "Hello",
        "What is the capital of Brazil?",
        generationConfig={"responseModalities": ["TEXT"]},
        sessionResumption={},
    )
    text = content(modelTurn=(("parts", ((("text", "..."),),)),))
    begins = (("sessionResumptionUpdate", ()),)
    handle = (("sessionResumptionUpdate", (("newHandle", "..."), ("resumable", True))),)
    turn = [begins, text, COMPLETE, end(usage=counts("response", "TEXT")), handle]
    assert folded(book) == [(("setupComplete", ()),), *turn, *turn]
    usages = [message.body["usageMetadata"] for message in book.messages if "usageMetadata" in message.body]
    assert usages[0] == {
        "promptTokenCount": 9,
        "responseTokenCount": 11,
        "totalTokenCount": 20,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
        "responseTokensDetails": [{"modality": "TEXT", "tokenCount": 11}],
    }
    assert (usages[1]["promptTokenCount"], usages[1]["responseTokenCount"]) == (37, 10)


def test_2_5_native_audio_typed_turn_as_recorded():
    book = talk("models/gemini-2.5-flash-native-audio-preview-09-2025", "Say it.", **TRANSCRIBED)
    thought = content(modelTurn=(("parts", ((("text", "..."), ("thought", True)),)),))
    assert folded(book) == [
        (("setupComplete", ()),),
        thought,
        TRANSCRIPT,
        audio(NATIVE_MIME),
        COMPLETE,
        end(usage=counts("response", "AUDIO", "thoughtsTokenCount")),
    ]


def test_vertex_half_cascade_typed_turn_as_recorded():
    book = talk("publishers/google/models/gemini-live-2.5-flash", "Say it.", **TRANSCRIBED)
    assert folded(book) == [
        (("setupComplete", (("sessionId", "..."),)),),
        content(outputTranscription=()),
        TRANSCRIPT,
        content(outputTranscription=(("finished", True),)),
        audio(CASCADE_MIME, role=True),
        COMPLETE,
        end(("groundingMetadata", ()), usage=counts("candidates", "TEXT+AUDIO")),
    ]


def test_3_1_bundles_transcription_with_audio():
    book = talk("models/gemini-3.1-flash-live-preview", "Say it.", **TRANSCRIBED)
    assert folded(book) == [
        (("setupComplete", ()),),
        (("serverContent", ()),),
        audio(NATIVE_MIME, transcription=True),
        audio(NATIVE_MIME),
        COMPLETE,
        end(usage=counts("response", "AUDIO")),
    ]
    usage = book.messages[-1].body["usageMetadata"]
    assert usage["promptTokenCount"] == usage["promptTokensDetails"][0]["tokenCount"] + 122


def test_3_8_puts_empty_messages_between():
    book = talk("models/gemini-3.8-live", "Say it.", **TRANSCRIBED)
    shapes = folded(book)
    assert shapes[:6] == [
        (("setupComplete", ()),),
        (("sessionResumptionUpdate", (("newHandle", "..."), ("resumable", True))),),
        (),
        (("serverContent", ()),),
        (),
        audio(NATIVE_MIME, role=True, transcription=True),
    ]
    assert set(shapes[6:-2]) <= {(), audio(NATIVE_MIME, role=True)}
    assert shapes[-2:] == [COMPLETE, end(usage=counts("response", "AUDIO", "thoughtsTokenCount"))]


def test_transcription_pieces_of_3_8_end_with_the_blank():
    ANSWERS["long"] = "One two three four five six seven eight nine ten eleven twelve."
    new = talk("models/gemini-3.8-live", "long", **TRANSCRIBED)
    old = talk("models/gemini-2.5-flash-native-audio-latest", "long", **TRANSCRIBED)
    for book, edge in ((new, 0), (old, -1)):
        pieces = [
            message.body["serverContent"]["outputTranscription"]["text"]
            for message in book.messages
            if "outputTranscription" in message.body.get("serverContent", {})
        ]
        assert len(pieces) > 2
        assert "".join(pieces) == ANSWERS["long"]
        assert all(piece[edge] != " " for piece in pieces)


ONE_OF_EACH_FAMILY = [
    "models/gemini-2.0-flash-live-001",
    "publishers/google/models/gemini-live-2.5-flash",
    "models/gemini-2.5-flash-native-audio-latest",
    "models/gemini-3.1-flash-live-preview",
    "models/gemini-3.8-live",
    "models/gemini-3.8-live-extended-thinking",
]


def spoken_evenly(text: str, first: bool) -> Speech:
    """Silence with words as the formant voice has them; scripts without blanks in small pieces."""
    seconds = 0.2 * len(text)
    return cut(Sound(bytes(2 * round(seconds * OUTPUT_RATE)), spread(text, seconds)), text, first)


def transcript(model: str, *texts: str) -> str:
    """What the client is told that the model has said in one turn."""

    def say(turn: UserTurn, conversation: Conversation) -> Reply:
        yield from map(Say, texts)

    book = Playbook(say, Endpoint(None), speak=spoken_evenly)
    book.open(
        model, generationConfig={"thinkingConfig": {"thinkingLevel": "LOW"}} if "ext" in model else {}, **TRANSCRIBED
    )
    book.say("go")
    book.finish()
    assert book.closed is None
    contents = [message.body.get("serverContent", {}) for message in book.messages]
    return "".join(content.get("outputTranscription", {}).get("text", "") for content in contents)


@pytest.mark.parametrize("model", ONE_OF_EACH_FAMILY)
@given(st.text(max_size=40) | st.text("a好。 .!\n", max_size=40))
@example("今天天气很好。我们去公园吧！Ok?  Let us go.")  # noqa: RUF001
def test_the_transcription_is_the_text_that_was_said(model: str, text: str):
    assert transcript(model, text).strip() == text.strip()


@pytest.mark.parametrize("model", ONE_OF_EACH_FAMILY)
def test_the_blanks_between_two_utterances_of_a_turn_stay(model: str):
    assert transcript(model, "One. ", "Two.", "  Three.") == "One. Two.  Three."


def test_every_family_is_among_those():
    found = [find(model) for model in ONE_OF_EACH_FAMILY]
    assert {model.family for model in found if model} == set(FAMILIES)


def test_extended_thinking_tells_the_status_of_the_interaction():
    level = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    book = talk("models/gemini-3.8-live-extended-thinking", "Say it.", generationConfig=level)
    assert book.messages[-1].body["serverContent"] == {"turnComplete": True, "interactionStatus": "IDLE"}


def test_half_cascade_on_the_gemini_api_transcribes_ahead_without_marks():
    book = talk("models/gemini-live-2.5-flash-preview", "Hello", **TRANSCRIBED)
    assert folded(book)[1:4] == [TRANSCRIPT, audio(NATIVE_MIME), COMPLETE]
    words = [
        m.body["serverContent"]["outputTranscription"]["text"] for m in book.messages if b"outputT" in repr(m).encode()
    ]
    assert words == ["Hello", " there! How can I help you today?"]


@pytest.mark.parametrize("model", ["models/gemini-3.8-live", "publishers/google/models/gemini-live-2.5-flash"])
def test_no_transcription_unless_asked(model: str):
    assert not [message for message in talk(model, "Hello").messages if b"ranscription" in repr(message).encode()]


def test_native_audio_on_vertex_keeps_its_order_and_takes_the_names_of_vertex():
    book = talk("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash-native-audio", "Hello")
    assert audio(NATIVE_MIME, role=True) in folded(book)
    assert "candidatesTokenCount" in book.messages[-1].body["usageMetadata"]


def test_typed_realtime_text_comes_back_on_3_1():
    book = Playbook(answer)
    book.open("models/gemini-3.1-flash-live-preview")
    book.receive({"realtimeInput": {"text": "hi"}})
    assert {"serverContent": {"inputTranscription": {"text": "hi"}}} in [message.body for message in book.messages]


@pytest.mark.parametrize(
    "model",
    [
        "models/gemini-2.0-flash-live-001",
        "models/gemini-2.5-flash-native-audio-latest",
        "publishers/google/models/gemini-live-2.5-flash",
        "models/gemini-3.1-flash-live-preview",
        "models/gemini-3.8-live",
        "projects/p/locations/l/publishers/google/models/gemini-3.8-live",
    ],
)
def test_what_the_dialect_writes_by_hand_is_what_the_models_write(model: str):
    seen: list[bytes] = []
    book = Playbook(answer, Endpoint(None))
    book.open(model, sessionResumption={}, **TRANSCRIBED)
    assert book.session.admission is not None
    render = book.session.admission.render
    book.say("Hello")
    book.advance(1.2)
    book.say('stop \ud800 ünd \u2028 "quotes" \\')
    book.finish()
    for one in book.log:
        if type(one.command).__module__.endswith("commands") and type(one.command).__name__ not in (
            "Close",
            "Synthesize",
            "Recall",
            "Remember",
            "Warn",
        ):
            seen += render(one.command)  # type: ignore[arg-type]
    assert len(seen) == len(book.messages) > 5
    for frame in seen:
        assert frame.isascii()
        assert b"null" not in frame
        assert b"false" not in frame
        assert json.loads(encode(read_server(frame))) == json.loads(frame)


def test_lone_surrogates_never_reach_a_client():
    frames = Dialect(Manner(), Wishes(output=True)).render(TextPart("a\ud800b"))
    assert frames == [b'{"serverContent":{"modelTurn":{"parts":[{"text":"a\\ufffdb"}]}}}']


def test_what_is_no_happening_is_refused():
    with pytest.raises(TypeError, match="Close"):
        Dialect(Manner(), Wishes()).render(Close(1000, ""))  # type: ignore[arg-type]


def test_zero_counts_are_absent_as_proto_omits_them():
    book = Playbook(
        answer, Endpoint(None), Terms(overrides={"behaviour.base_tokens": 0, "behaviour.content_tokens": 0})
    )
    book.open("publishers/google/models/gemini-live-2.5-flash")
    book.receive({"clientContent": {"turnComplete": True}})
    book.finish()
    assert "promptTokenCount" not in book.messages[-1].body["usageMetadata"]
    assert {"modality": "TEXT"} in book.messages[-1].body["usageMetadata"]["promptTokensDetails"]

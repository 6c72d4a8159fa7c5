"""What conditions look at is what sessions tell: each kind of turn, and each fact of a session, as a client brings it."""

import struct
from base64 import b64encode
from typing import Any

import pytest
from scenario_client import SPEAKS, TEXT, WRITES, Client, words_in

from gemlive_emulator.audio.fingerprint import Match
from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Endpoint

NEWEST = "models/gemini-3.8-live"
EVERY_TONE_IS_SPEECH = {"behaviour.hearing.threshold_dbfs": -30.0, "behaviour.hearing.silence_ms": 500}
UTTERANCE = struct.pack("<hh", 12_000, -12_000) * 8_000 + bytes(2 * 12_000)
"""A second of sound, and silence that ends it."""
PICTURE = {"inlineData": {"mimeType": "image/png", "data": b64encode(b"\x89PNG").decode()}}
BY_HAND = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}


def nobody(request: Transcribe) -> Words | None:
    """Knows no words."""
    return None


def known(request: Transcribe) -> Words | None:
    """Knows the recording, as the server finds it in a folder."""
    match = Match(Recording("stop-please.wav", "Stop, please.", b"", 16_000), 0.93, exact=False)
    return Words(match.recording.text, "recording", match.describe())


class Look:
    """A session of a scenario that says ``yes`` where a condition holds."""

    def __init__(self, when: str, model: str = SPEAKS, transcribe: Any = nobody, number: int = 1, **setup: Any) -> None:
        (scenario,) = parse(f"rules: [{{when: {{{when}}}, then: [{{say: 'yes'}}]}}]\notherwise: [{{say: 'no'}}]")
        terms = Terms(pace=AT_ONCE, overrides=EVERY_TONE_IS_SPEECH)
        endpoint = Endpoint(connection=number)
        self.book = Playbook(scenario.responder(), endpoint, terms, kept={}, transcribe=transcribe)
        modality = {"generationConfig": TEXT} if model == WRITES else {"outputAudioTranscription": {}}
        self.book.open(model, **{**modality, **setup})

    @property
    def said(self) -> str:
        """What the model has said by now."""
        self.book.advance(5)
        return " ".join(words.strip() for message in self.book.messages if (words := words_in(message.body)))

    def type(self, *parts: dict[str, Any]) -> str:
        """Type a turn of these parts; gives all that was said."""
        turn = {"turns": [{"role": "user", "parts": list(parts)}], "turnComplete": True}
        self.book.receive({"clientContent": turn})
        return self.said

    def realtime(self, **fields: Any) -> None:
        """Send realtime input."""
        self.book.receive({"realtimeInput": fields})

    def speak(self) -> str:
        """Say something aloud; gives all that was said."""
        self.book.speak(UTTERANCE)
        return self.said


HELLO = {"text": "Hello there"}


@pytest.mark.parametrize("when", ["text: hello", "text: {exact: hello there}", r"text: /h\w+o/i", "turn: 1"])
@pytest.mark.parametrize("not_so", [False, True])
def test_what_is_typed(when: str, not_so: bool):
    assert Look(f"not: {{{when}}}" if not_so else when, WRITES).type(HELLO) == ("no" if not_so else "yes")


def test_the_number_of_the_turn():
    look = Look("turn: {at_least: 2}", WRITES)
    assert look.type(HELLO) == "no"
    assert look.type(HELLO) == "no yes"


@pytest.mark.parametrize("when", ["images: any", "images: {at_least: 2, at_most: 2}", "images: any, text: hello"])
def test_pictures(when: str):
    assert Look(when, WRITES).type(HELLO, PICTURE, PICTURE) == "yes"
    assert Look(when, WRITES).type(HELLO) == "no"


def test_what_is_typed_in_real_time():
    look = Look("realtime: true")
    look.realtime(text="Hello")
    assert look.said == "yes"
    assert Look("realtime: true").type(HELLO) == "no"


@pytest.mark.parametrize(
    "when",
    [
        "audio: any",
        "audio: {at_least: 900ms, at_most: 1.1s}",
        "heard: stop",
        "text: stop, audio: {recording: stop-please}",
        "audio: {recording: [hello, stop-please.wav]}",
    ],
)
def test_what_is_said_aloud(when: str):
    assert Look(when, transcribe=known).speak() == "yes"
    assert Look(when).type(HELLO) == "no"


def test_video_beside_speech():
    look = Look("video: any, audio: any", NEWEST)
    look.realtime(video={"mimeType": "image/jpeg", "data": b64encode(b"\xff\xd8").decode()})
    assert look.speak() == "yes"
    assert Look("video: any", NEWEST).speak() == "no"


def test_activity_that_the_client_signals():
    look = Look("signalled: true", **BY_HAND)
    look.realtime(activityStart={})
    look.book.speak(UTTERANCE)
    look.realtime(activityEnd={})
    assert look.said == "yes"
    assert Look("signalled: true").speak() == "no"


def test_what_the_setup_says():
    tools = [{"functionDeclarations": [{"name": "get_weather"}]}, {"googleSearch": {}}]
    setup = {"systemInstruction": {"parts": [{"text": "You are a pirate."}]}, "tools": tools}
    when = (
        "system: pirate, tools: [get_weather, google_search], model: gemini-3.8-live, modality: AUDIO, proactive: true"
    )
    assert Look(when, NEWEST, **setup).type(HELLO) == "yes"
    assert Look("any: [{system: pirate}, {tools: any}, {modality: AUDIO}]", WRITES).type(HELLO) == "no"


def test_voice_and_templates():
    voice = {"generationConfig": {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}}}
    assert Look("voice: Kore, template: {'{voice} {turn.number}': Kore 1}", NEWEST, **voice).type(HELLO) == "yes"
    assert Look("voice: ''", WRITES).type(HELLO) == "yes"


@pytest.mark.parametrize(("number", "said"), [(1, "no"), (2, "yes")])
def test_the_number_of_the_connection(number: int, said: str):
    assert Look("connection: 2", WRITES, number=number).type(HELLO) == said


# Sessions that go on


def handle_of(book: Playbook) -> str:
    """The latest handle."""
    updates = [message.body.get("sessionResumptionUpdate", {}) for message in book.messages]
    handles = [update["newHandle"] for update in updates if "newHandle" in update]
    return str(handles[-1])


@pytest.mark.parametrize(("step", "goes_on"), [("handle: give", True), ("handle: kill", False)])
def test_a_session_is_resumed_unless_its_handles_are_dead(step: str, goes_on: bool):
    (scenario,) = parse(
        f"rules: [{{when: {{turn: 2}}, then: [{{say: 'Two.'}}, {{{step}}}]}}]\notherwise: [{{say: One.}}]"
    )
    kept: dict[str, Any] = {}
    terms = Terms(pace=AT_ONCE)
    first = Playbook(scenario.responder(), terms=terms, kept=kept)
    first.open(SPEAKS, sessionResumption={})
    first.say("Hello")
    first.advance(5)
    given = handle_of(first)
    first.say("Hello again")
    first.advance(5)
    second = Playbook(scenario.responder(), terms=terms, kept=kept, seed=2)
    second.open(SPEAKS, sessionResumption={"handle": given})
    assert second.closed == (None if goes_on else (1008, "BidiGenerateContent session not found"))


def test_a_resumed_session_is_seen_as_one():
    (scenario,) = parse("rules: [{when: {resumed: true}, then: [{say: Again}]}]\notherwise: [{say: First}]")
    kept: dict[str, Any] = {}
    terms = Terms(pace=AT_ONCE)
    first = Playbook(scenario.responder(), terms=terms, kept=kept)
    first.open(WRITES, generationConfig=TEXT, sessionResumption={})
    first.say("Hello")
    first.advance(5)
    second = Playbook(scenario.responder(), terms=terms, kept=kept, seed=2)
    second.open(WRITES, generationConfig=TEXT, sessionResumption={"handle": handle_of(first)})
    second.say("Hello")
    second.advance(5)
    assert (first.said, second.said) == ("First", "Again")


def test_no_handle_is_given_in_a_turn_that_withholds_it():
    (scenario,) = parse("otherwise: [{handle: withhold}, {say: x}]")
    client = Client(scenario, sessionResumption={})
    client.say("Hello")
    client.news(5)
    assert not any("newHandle" in message.body.get("sessionResumptionUpdate", {}) for message in client.book.messages)

"""A recording that is played: what goes out, when, and what becomes of a client that does something else."""

import json
from typing import Any

import pytest
from tapes import DONE, GREETING, READY, SETUP, client, closed, says, server, sound, tape, typed

from gemlive_emulator.record.playback import Playback
from gemlive_emulator.scenario.errors import ScriptError
from gemlive_emulator.session.commands import Close, Raw, SetupAccepted, Warn
from gemlive_emulator.session.events import (
    AudioReceived,
    ClientClosed,
    Connected,
    Event,
    MessageReceived,
    MessageRefused,
    TimePassed,
)
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.tape import Tape, Taped, without_sound


class Client:
    """Talks to a playback and keeps what comes, with its time."""

    def __init__(self, recorded: Tape, **how: Any) -> None:
        self.playback = Playback(recorded, "played", **how)
        self.now = 0.0
        self.heard: list[Any] = []
        self.warned: list[str] = []
        self.closed: Close | None = None
        self.handle(Connected())

    def handle(self, event: Event) -> "Client":
        for command in self.playback.handle(event, self.now):
            match command:
                case Raw():
                    self.heard.append((round(self.now, 3), json.loads(command.payload)))
                case Warn():
                    self.warned.append(command.text)
                case Close():
                    self.closed = command
                case _:
                    assert isinstance(command, SetupAccepted)
        return self

    def send(self, message: dict[str, Any]) -> "Client":
        try:
            return self.handle(MessageReceived(decode(json.dumps(message).encode()).message))
        except ClientFault as fault:
            return self.handle(MessageRefused(fault))

    def until(self, time: float) -> "Client":
        """Let time pass, deadline by deadline, as a driver does."""
        while (due := self.playback.deadline) is not None and due <= time:
            self.now = due
            self.handle(TimePassed())
        self.now = time
        return self

    @property
    def messages(self) -> list[Any]:
        return [message for _, message in self.heard]


def test_everything_goes_out_in_its_time_after_what_it_came_after() -> None:
    talk = Client(GREETING)
    assert talk.playback.deadline is None
    talk.until(10.0).send(SETUP).until(20.0).send(typed("Hello")).until(30.0)
    assert talk.heard == [(10.1, READY), (20.5, says("Hello there!")), (20.6, DONE)]
    assert talk.playback.deadline is None


def test_at_once_nothing_waits_but_for_the_client() -> None:
    talk = Client(GREETING, at_once=True).send(SETUP).send(typed("Hello"))
    assert talk.messages == [READY, says("Hello there!"), DONE]
    assert talk.send(typed("Bye")).messages[3:] == [says("Goodbye!"), DONE]


def test_a_client_may_be_ahead() -> None:
    talk = Client(GREETING).send(SETUP).send(typed("Hello")).send(typed("Bye"))
    talk.until(10.0)
    assert talk.heard == [
        (0.1, READY),
        (0.6, says("Hello there!")),
        (0.7, DONE),
        (1.2, says("Goodbye!")),
        (1.3, DONE),
    ]


def test_a_jump_of_time_gives_the_same_messages() -> None:
    talk = Client(GREETING).send(SETUP).send(typed("Hello"))
    talk.now = 100.0
    talk.handle(TimePassed())
    assert talk.messages == [READY, says("Hello there!"), DONE]


def test_what_is_due_goes_out_before_the_client_is_heard() -> None:
    talk = Client(GREETING).send(SETUP)
    talk.now = 5.0
    with pytest.raises(ScriptError):
        talk.send(typed("Bye"))
    assert talk.playback.deadline is None


@pytest.mark.parametrize(
    "spelled",
    [
        {"client_content": {"turns": [{"role": "user", "parts": [{"text": "Hello"}]}], "turn_complete": True}},
        {"clientContent": {"turns": {"role": "user", "parts": {"text": "Hello"}}, "turnComplete": True}},
    ],
)
def test_spelling_may_differ(spelled: dict[str, Any]) -> None:
    setup = {"setup": {"model": "gemini-2.0-flash-live-001", "generation_config": {"response_modalities": ["TEXT"]}}}
    assert Client(GREETING, at_once=True).send(setup).send(spelled).messages[-1] == DONE


def test_another_handle_is_a_handle() -> None:
    resuming = {"setup": {**SETUP["setup"], "sessionResumption": {"handle": "that-of-then"}}}
    now = {"setup": {**SETUP["setup"], "sessionResumption": {"handle": "that-of-now"}}}
    recorded = tape(client(0, resuming), server(0, READY))
    assert Client(recorded).send(now).messages == [READY]
    with pytest.raises(ScriptError, match="sessionResumption"):
        Client(recorded).send(SETUP)


def test_a_tool_that_takes_something_else_is_another_tool() -> None:
    def setup(kind: str) -> dict[str, Any]:
        takes = {"type": "OBJECT", "properties": {"city": {"type": kind}}}
        tools = [{"functionDeclarations": [{"name": "look", "parameters": takes}]}]
        return {"setup": {**SETUP["setup"], "tools": tools}}

    recorded = tape(client(0, setup("STRING")), server(0, READY))
    assert Client(recorded).send(setup("STRING")).messages == [READY]
    where = r"parameters.properties.city.type is \"INTEGER\", not \"STRING\""
    with pytest.raises(ScriptError, match=where):
        Client(recorded).send(setup("INTEGER"))


def answers(*pairs: tuple[str, Any]) -> dict[str, Any]:
    return {
        "toolResponse": {
            "functionResponses": [{"id": id, "name": "look", "response": {"output": told}} for id, told in pairs]
        }
    }


def test_the_order_of_responses_in_a_message_may_differ() -> None:
    recorded = tape(client(0, answers(("a", 1), ("b", 2))), server(0, DONE))
    assert Client(recorded).send(answers(("b", 2), ("a", 1))).messages == [DONE]
    with pytest.raises(ScriptError, match=r"functionResponses\[1\].response.output is 3, not 2"):
        Client(recorded).send(answers(("b", 3), ("a", 1)))


def test_something_else_is_told_with_what_was_expected_and_where_they_differ() -> None:
    talk = Client(GREETING).send(SETUP)
    with pytest.raises(ScriptError) as raised:
        talk.send(typed("Hi"))
    assert str(raised.value) == (
        'Recording message 2: expected clientContent "Hello", got clientContent "Hi" '
        '(clientContent.turns[0].parts[0].text is "Hi", not "Hello")'
    )
    assert talk.until(60.0).heard == []


def test_the_message_that_it_is_instead_is_named() -> None:
    with pytest.raises(ScriptError, match=r"; it is message 3$"):
        Client(GREETING).send(SETUP).send(typed("Bye"))


def test_the_nearest_message_is_named() -> None:
    recorded = tape(client(0, typed("What is the weather in Oslo?")), client(0, typed("How are you?")))
    wanted = r'\); nearest is message 2: clientContent "How are you\?"$'
    with pytest.raises(ScriptError, match=wanted):
        Client(recorded).send(typed("How are you today?"))
    with pytest.raises(ScriptError, match=r'not "What is the weather in Oslo\?"\)$'):
        Client(recorded).send(typed("What is the weather in Rome?"))


def test_after_the_end_nothing_is_expected() -> None:
    talk = Client(tape(client(0, SETUP), server(0, READY))).send(SETUP)
    with pytest.raises(ScriptError, match=r'^Recording: nothing more is expected, got clientContent "Hello"$'):
        talk.send(typed("Hello"))


def test_what_never_came_is_told_when_the_client_leaves() -> None:
    talk = Client(GREETING).send(SETUP).send(typed("Hello")).handle(ClientClosed())
    assert talk.playback.problems == ['Recording message 3: expected clientContent "Bye", which never came']
    assert talk.playback.unreached == []
    assert Client(GREETING, check="warn").handle(ClientClosed()).playback.problems == []


def test_a_client_that_said_all_may_leave_early() -> None:
    talk = Client(GREETING).send(SETUP).send(typed("Hello")).send(typed("Bye")).handle(ClientClosed())
    assert talk.playback.problems == []
    assert talk.handle(ClientClosed()).until(90).heard == []


def test_where_it_is_only_warned_the_recording_goes_on() -> None:
    talk = Client(GREETING, check="warn", at_once=True).send(SETUP).send(typed("Hi"))
    assert talk.messages == [READY, says("Hello there!"), DONE]
    assert talk.warned == [
        'Recording message 2: expected clientContent "Hello", got clientContent "Hi" '
        '(clientContent.turns[0].parts[0].text is "Hi", not "Hello")'
    ]


def test_where_nothing_is_checked_nothing_is_said() -> None:
    talk = Client(GREETING, check="off", at_once=True).send(SETUP).send(typed("Hi")).send(typed("Ho"))
    assert len(talk.messages) == 5
    assert talk.send(typed("More")).warned == []


def test_a_message_of_another_kind_is_let_pass() -> None:
    talk = Client(GREETING, check="warn", at_once=True).send(SETUP).send(answers(("a", 1)))
    assert talk.messages == [READY]
    assert talk.send(typed("Hello")).messages[1:] == [says("Hello there!"), DONE]


def test_a_later_message_takes_those_before_it_as_said() -> None:
    talk = Client(GREETING, check="warn", at_once=True).send(SETUP).send(typed("Bye"))
    assert talk.messages[-2:] == [says("Goodbye!"), DONE]


def test_the_end_is_that_of_the_recording() -> None:
    words = "Deadline expired before operation could complete."
    recorded = tape(client(0, SETUP), server(0, READY), closed(2.0, 1011, words))
    talk = Client(recorded).send(SETUP).until(5.0)
    assert talk.closed == Close(1011, words)
    assert talk.handle(TimePassed()).messages == [READY]


@pytest.mark.parametrize(
    ("code", "close"), [(1006, Close(1006, "", how="eof")), (1005, Close(1000, "")), (1015, Close(1015, "", how="eof"))]
)
def test_ends_that_cannot_be_sent_as_they_are(code: int, close: Close) -> None:
    assert Client(tape(closed(0.0, code))).closed == close


def test_a_refused_message_is_expected_as_any_other() -> None:
    recorded = tape(Taped(0, "client", b"{"), closed(0.1, 1007, "wrong"))
    talk = Client(recorded).handle(MessageRefused(_fault(b"{"))).until(1)
    assert talk.closed == Close(1007, "wrong")
    with pytest.raises(ScriptError, match="expected refused"):
        Client(recorded).send(SETUP)


def _fault(payload: bytes) -> ClientFault:
    with pytest.raises(ClientFault) as raised:
        decode(payload)
    return raised.value


def test_the_id_of_the_session_is_told() -> None:
    recorded = tape(client(0, SETUP), server(0, {"setupComplete": {"sessionId": "abc"}}))
    playback = Playback(recorded, "played")
    playback.handle(Connected(), 0)
    told = playback.handle(MessageReceived(decode(json.dumps(SETUP).encode()).message), 0)
    assert told == [SetupAccepted("abc"), Raw(b'{"setupComplete": {"sessionId": "abc"}}')]
    admission = playback.admission
    assert admission is not None
    assert admission.model == "gemini-2.0-flash-live-001"
    assert [admission.render(command) for command in told] == [[], [b'{"setupComplete": {"sessionId": "abc"}}']]


# Sound.

SPEECH = bytes(range(1, 101)) * 4
SILENCE = bytes(320)
HEARD = {"serverContent": {"inputTranscription": {"text": "Hello"}}}
END = {"realtimeInput": {"audioStreamEnd": True}}
SPOKEN = tape(
    client(0, SETUP),
    server(0, READY),
    client(1.00, sound(SPEECH[:200])),
    client(1.02, sound(SPEECH[200:])),
    client(1.04, sound(SILENCE)),
    client(1.06, sound(SILENCE)),
    server(1.80, HEARD),
    client(1.90, sound(SILENCE)),
    client(2.00, END),
    server(2.50, DONE),
)


def speaks(talk: Client, octets: bytes, cut: int) -> Client:
    for at in range(0, len(octets), cut):
        talk.handle(AudioReceived(octets[at : at + cut], "audio/pcm;rate=16000"))
    return talk


@pytest.mark.parametrize("cut", [1, 7, 33, 200, 399, 400])
def test_sound_may_be_cut_in_any_way(cut: int) -> None:
    talk = speaks(Client(SPOKEN, at_once=True).send(SETUP), SPEECH[:-1], cut)
    assert talk.messages == [READY]
    assert speaks(talk, SPEECH[-1:], 1).messages == [READY, HEARD]
    assert talk.send(END).messages == [READY, HEARD, DONE]


def test_silence_may_be_longer_or_shorter_and_the_time_goes_on() -> None:
    talk = speaks(Client(SPOKEN).send(SETUP).until(5.0), SILENCE * 9 + SPEECH, 100)
    assert talk.until(9.0).heard[1:] == [(5.78, HEARD)]
    assert talk.send(END).until(20.0).heard[2:] == [(9.5, DONE)]


def test_other_sound_is_told() -> None:
    talk = Client(SPOKEN).send(SETUP)
    with pytest.raises(ScriptError, match="expected other sound, in the sound that was message 3"):
        speaks(talk, SPEECH[1:], 100)


def test_more_sound_is_told() -> None:
    talk = speaks(Client(SPOKEN).send(SETUP), SPEECH, 400)
    with pytest.raises(ScriptError, match="no more sound is expected, got 5 octets of it"):
        speaks(talk, b"\1\2\0\3\4\5", 6)


def test_less_sound_is_told_when_its_end_comes() -> None:
    talk = speaks(Client(SPOKEN).send(SETUP), SPEECH[:150], 50)
    with pytest.raises(ScriptError, match=r"expected realtimeInput.audioStreamEnd behind 250 more octets of sound"):
        talk.send(END)


def test_another_rate_is_told() -> None:
    talk = Client(SPOKEN).send(SETUP)
    with pytest.raises(ScriptError, match=r"expected sound of audio/pcm;rate=16000, got audio/pcm;rate=8000"):
        talk.send(sound(SPEECH, 8000))


def test_where_it_is_not_checked_another_sound_will_do() -> None:
    talk = speaks(Client(SPOKEN, check="off", at_once=True).send(SETUP), b"\7" * 100, 20)
    assert talk.messages == [READY]
    assert talk.send(END).messages == [READY, HEARD, DONE]


def test_the_old_way_to_send_sound_counts_too() -> None:
    blob = sound(SPEECH)["realtimeInput"]["audio"]
    talk = Client(SPOKEN, at_once=True).send(SETUP).send({"realtimeInput": {"mediaChunks": [blob]}})
    assert talk.messages == [READY, HEARD]


def test_a_video_frame_is_no_sound() -> None:
    frame = {"realtimeInput": {"mediaChunks": [{"mimeType": "image/jpeg", "data": "AAAA"}]}}
    recorded = tape(client(0, frame), server(0, DONE))
    assert Client(recorded).send(frame).messages == [DONE]


def test_text_beside_sound_is_looked_at_as_a_whole() -> None:
    both = {"realtimeInput": {**sound(SPEECH)["realtimeInput"], "text": "and this"}}
    recorded = tape(client(0, both), server(0, DONE))
    assert Client(recorded).send(both).messages == [DONE]


def test_sound_that_was_left_out_counts_by_its_length() -> None:
    bare = tape(*(Taped(one.time, one.side, without_sound(one.payload)) for one in SPOKEN.taped))
    talk = speaks(Client(bare, at_once=True).send(SETUP), b"\7" * 1039, 100)
    assert talk.messages == [READY]
    assert speaks(talk, b"\7" * 500, 100).messages == [READY, HEARD]


def test_silence_goes_out_for_sound_that_was_left_out() -> None:
    part = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": "AAEC" * 64}}]}}}
    bare = without_sound(json.dumps(part).encode())
    talk = Client(tape(client(0, SETUP), Taped(0, "server", bare))).send(SETUP)
    [message] = talk.messages
    assert message["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["data"] == "AAAA" * 64

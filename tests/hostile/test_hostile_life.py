"""Connections that come in crowds, leave in the middle, never read, and reach for the sessions of others."""

import json
import socket
import threading
from contextlib import ExitStack

import pytest
from attacker_socket import (
    BINARY,
    CANARY,
    CLOSE,
    PING,
    TEXT,
    Attacker,
    frame,
    octets,
    setup_of,
    text,
    turn_of,
    upgrade,
)
from emulator_process import EmulatorProcess
from ends import Closes, Drops, GoesOn

HELLO = text(turn_of("hello"))
BYE = frame(CLOSE, b"\x03\xe8")
ENDLESS = setup_of(contextWindowCompression={"slidingWindow": {}})
STAGES = {
    "after_tcp": (),
    "after_one_byte": (b"G",),
    "within_the_head": (upgrade()[:80],),
    "after_the_head": (upgrade(),),
    "within_a_frame_head": (upgrade(), b"\x81"),
    "within_the_setup": (upgrade(), text(setup_of())[:50]),
    "after_the_setup": (upgrade(), text(setup_of())),
    "within_a_turn": (upgrade(), text(setup_of()), HELLO[:-5]),
    "within_an_answer": (upgrade(), text(setup_of()), HELLO * 50),
    "within_a_fragment": (upgrade(), text(setup_of()), frame(TEXT, b"{", fin=False)),
    "within_a_large_frame": (upgrade(), text(setup_of()), frame(BINARY, bytes(1 << 20), announced=8 << 20)),
}


@pytest.mark.parametrize("stage", STAGES)
def test_clients_that_are_cut(emulator: EmulatorProcess, stage: str) -> None:
    for _ in range(20):
        with Attacker(emulator.port) as attacker:
            attacker.send(*STAGES[stage])
            attacker.reset()


@pytest.mark.parametrize("stage", STAGES)
def test_clients_that_end_their_side(emulator: EmulatorProcess, stage: str) -> None:
    """What was asked for before may still be answered; then the emulator ends its side too."""
    for _ in range(5):
        with Attacker(emulator.port) as attacker:
            attacker.send(*STAGES[stage])
            attacker.finish()
            attacker.rest()


@pytest.mark.parametrize("stage", STAGES)
def test_clients_that_just_leave(emulator: EmulatorProcess, stage: str) -> None:
    for _ in range(20):
        with Attacker(emulator.port) as attacker:
            attacker.send(*STAGES[stage])


def test_sixty_sessions_at_once(emulator: EmulatorProcess) -> None:
    before = emulator.sessions()
    with ExitStack() as crowd:
        attackers = [crowd.enter_context(Attacker(emulator.port)) for _ in range(60)]
        for attacker in attackers:
            attacker.send(upgrade() + text(setup_of()) + HELLO)
        for attacker in attackers:
            assert attacker.head().status == 101
            assert "setupComplete" in attacker.message()
            assert attacker.turn() == "Heard: hello"
        assert emulator.sessions() >= before + 59
        for attacker in attackers:
            attacker.send(BYE)
        for attacker in attackers:
            Closes(1000).see(attacker)


def test_three_hundred_sessions_opened_and_dropped(emulator: EmulatorProcess) -> None:
    for _ in range(300):
        with Attacker(emulator.port) as attacker:
            attacker.enter().set_up()


def test_a_thousand_connections_that_say_nothing(emulator: EmulatorProcess) -> None:
    for _ in range(1000):
        with Attacker(emulator.port):
            pass


def test_three_hundred_connections_that_wait(emulator: EmulatorProcess) -> None:
    """Held open at once, while somebody else comes in."""
    with ExitStack() as crowd:
        for _ in range(300):
            crowd.enter_context(Attacker(emulator.port))
        with Attacker(emulator.port) as attacker:
            attacker.enter().set_up()
            GoesOn().see(attacker)


def test_forty_clients_from_ten_threads(emulator: EmulatorProcess) -> None:
    said: list[str] = []

    def talk() -> None:
        for _ in range(4):
            with Attacker(emulator.port) as attacker:
                attacker.enter().set_up().send(HELLO, BYE)
                said.append(attacker.turn())

    threads = [threading.Thread(target=talk) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["Heard: hello"] * 40


def test_ten_that_never_read(emulator: EmulatorProcess) -> None:
    with ExitStack() as crowd:
        attackers = [crowd.enter_context(Attacker(emulator.port, little=True)) for _ in range(10)]
        for attacker in attackers:
            attacker.enter().set_up(ENDLESS)
            attacker.socket.setblocking(False)
            for _ in range(10):
                try:
                    attacker.socket.send(text(turn_of("never read " * 2000)))
                except BlockingIOError:
                    break
        emulator.sessions()


def flood(connection: socket.socket, piece: bytes, times: int) -> None:
    """Send the same again and again."""
    for _ in range(times):
        connection.sendall(piece)


def test_pings_until_the_outbox_is_full(emulator: EmulatorProcess) -> None:
    """Each is answered, nothing of it is read, and what waits is bounded: the connection is cut."""
    with Attacker(emulator.port, little=True) as attacker:
        attacker.enter().set_up()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            flood(attacker.socket, frame(PING, b"p" * 125, mask=bytes(4)) * 500, times=1000)


def test_an_answer_that_is_read_byte_by_byte(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port, little=True) as attacker:
        attacker.bite = 1
        attacker.enter().set_up().send(text(turn_of("hello " * 500)))
        GoesOn((f"Heard: {'hello ' * 500}",)).see(attacker)


def test_a_thousand_turns_without_waiting(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up(ENDLESS).send(b"".join(text(turn_of(f"n{n}")) for n in range(1000)))
        assert [attacker.turn() for _ in range(1000)] == [f"Heard: n{n}" for n in range(1000)]
        GoesOn().see(attacker)


def test_a_hundred_refused_setups(emulator: EmulatorProcess) -> None:
    for _ in range(100):
        with Attacker(emulator.port) as attacker:
            attacker.enter().send(text({"setup": {"model": 1}}))
            Closes(1007, "Invalid value at 'setup.model' (TYPE_STRING)").see(attacker)


def handle_of(attacker: Attacker) -> str:
    """The handle that a session is given after its turn."""
    attacker.send(HELLO)
    while True:
        update = attacker.message().get("sessionResumptionUpdate", {})
        if update.get("newHandle"):
            return str(update["newHandle"])


def test_a_handle_that_another_key_has_while_the_session_is_open(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as victim, Attacker(emulator.port) as thief:
        victim.enter().set_up(setup_of(sessionResumption={}))
        handle = handle_of(victim)
        thief.enter(f"/ws?key={CANARY}thief").send(text(setup_of(sessionResumption={"handle": handle})))
        assert thief.closing()[0] == 1008
        victim.send(text(turn_of("still mine?")))
        while "Heard: still mine?" not in json.dumps(victim.message()):
            pass


def test_a_handle_that_another_key_has_stolen(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as owner:
        owner.enter(f"/ws?key={CANARY}owner").set_up(setup_of(sessionResumption={}))
        handle = handle_of(owner)
        owner.send(BYE)
        owner.rest()
    with Attacker(emulator.port) as thief:
        thief.enter(f"/ws?key={CANARY}thief").send(text(setup_of(sessionResumption={"handle": handle})))
        code, words = thief.closing()
        assert (code, "Heard" in words) == (1008, False), words


def test_five_hundred_guesses_of_a_handle(emulator: EmulatorProcess) -> None:
    for number in range(500):
        with Attacker(emulator.port) as attacker:
            attacker.enter().send(text(setup_of(sessionResumption={"handle": f"{number:036d}"})))
            assert attacker.closing() == (1008, "BidiGenerateContent session not found")


def test_no_document_is_fetched_that_a_client_names(emulator: EmulatorProcess) -> None:
    """Neither as a file, nor for Google's tools, nor from an instruction."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere, Attacker(emulator.port) as attacker:
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/secret"
        tools = [{"googleSearch": {}}, {"urlContext": {}}]
        told = {
            "role": "user",
            "parts": [{"fileData": {"fileUri": url, "mimeType": "text/html"}}, {"text": f"read {url}"}],
        }
        attacker.enter().send(text(setup_of(systemInstruction={"parts": [{"text": url}]}, tools=tools[:1])))
        attacker.message()
        attacker.send(text({"clientContent": {"turns": [told], "turnComplete": True}}))
        assert attacker.turn() == f"Heard: read {url}"
        GoesOn().see(attacker)
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_a_session_ends_with_its_client_in_the_middle_of_all(emulator: EmulatorProcess) -> None:
    """A turn, half a message, a ping and the end of the stream in one packet."""
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().send(HELLO + frame(PING, b"p") + frame(TEXT, octets(turn_of("x")), announced=5000))
        attacker.finish()
        said = attacker.rest()
        assert b"Heard: hello" in said
        assert b"\x8a\x01p" in said


def test_a_session_whose_bytes_are_all_at_once_and_then_closed(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(upgrade() + text(setup_of()) + HELLO + BYE)
        assert attacker.head().status == 101
        attacker.message()
        assert attacker.turn() == "Heard: hello"
        assert attacker.closing() == (1000, "")
        Drops().see(attacker)

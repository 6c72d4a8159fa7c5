"""Deadlines that nobody waits for, and doors that are closed: emulators that were started in another way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attacker_socket import (
    AUDIO_MODEL,
    CANARY,
    CLOSE,
    CONTINUATION,
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
from emulator_process import EmulatorProcess, faults_of
from ends import Answers, Closes, Drops

TOKEN = "canary-control-token-CanaryCanaryCanary"
HEALTH = "GET /emulator/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
ABORTED = Closes(1008, "The operation was aborted.")
DEADLINE = Closes(1011, "Deadline expired before operation could complete.")

SPOKEN = setup_of(AUDIO_MODEL, "AUDIO")
"""A setup that is right where everything is taken by its word."""

UNFINISHED = {
    "nothing": (),
    "pings": (frame(PING, b"p"),) * 3,
    "half_a_setup": (text(setup_of())[:40],),
    "half_a_header": (b"\x81",),
    "a_fragment": (frame(TEXT, octets(setup_of())[:20], fin=False),),
    "fragments_without_end": (frame(TEXT, b"{", fin=False), *(frame(CONTINUATION, b" ", fin=False),) * 100),
    "a_huge_frame_in_part": (frame(TEXT, b" " * 70_000, announced=8 << 20),),
}


@pytest.fixture(scope="module")
def slow_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    """An emulator whose clock stands until it is moved."""
    emulator = EmulatorProcess(tmp_path_factory.mktemp("clock"), "--clock", "manual", "--pace", "at-once")
    try:
        emulator.warm_up()
        yield emulator
        assert emulator.stop() == 0
        assert faults_of(emulator.log) == []
    finally:
        emulator.kill()


@pytest.mark.parametrize("said", UNFINISHED)
def test_no_setup_within_its_time(slow_time: EmulatorProcess, said: str) -> None:
    with Attacker(slow_time.port) as attacker:
        attacker.enter().send(*UNFINISHED[said])
        slow_time.advance(29.0)
        assert slow_time.sessions() == 1
        slow_time.advance(2.0)
        ABORTED.see(attacker)
    slow_time.until(lambda: slow_time.sessions() == 0, "the session stays")


@pytest.mark.parametrize("said", UNFINISHED)
def test_no_session_lasts_for_ever(slow_time: EmulatorProcess, said: str) -> None:
    """Ten minutes, whatever is under way."""
    with Attacker(slow_time.port) as attacker:
        attacker.enter().set_up().send(*UNFINISHED[said])
        slow_time.advance(601.0)
        DEADLINE.see(attacker)
    slow_time.until(lambda: slow_time.sessions() == 0, "the session stays")


def test_a_hundred_deadlines_at_once(slow_time: EmulatorProcess) -> None:
    attackers = [Attacker(slow_time.port).enter() for _ in range(100)]
    told = slow_time.advance(31.0)
    assert told["open"] <= 100
    for attacker in attackers:
        with attacker:
            ABORTED.see(attacker)
    slow_time.until(lambda: slow_time.sessions() == 0, "sessions stay")


@pytest.fixture(scope="module")
def closed_doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    """An emulator with a control token, a list of keys, few seats, and no patience."""
    folder: Path = tmp_path_factory.mktemp("doors")
    keys = folder / "keys.yaml"
    keys.write_text(f"{CANARY}good: valid\n{CANARY}old: expired\n{CANARY}few: {{state: valid, sessions: 1}}\n")
    options = ("--keys", str(keys), "--max-sessions", "5", "--strict", "--control-token", TOKEN, "--pace", "at-once")
    emulator = EmulatorProcess(folder, *options)
    try:
        yield emulator
        assert emulator.stop() == 0
        assert faults_of(emulator.log) == []
        assert not [line for line in emulator.log if TOKEN in line]
    finally:
        emulator.kill()


CREDENTIALS = {
    "none": ("", "this emulator wants a token"),
    "another": ("Authorization: Bearer wrong", "the token is not the emulator's"),
    "its_beginning": (f"Authorization: Bearer {TOKEN[:-1]}", "the token is not the emulator's"),
    "and_more": (f"Authorization: Bearer {TOKEN}x", "the token is not the emulator's"),
    "as_basic": (f"Authorization: Basic {TOKEN}", "the token is not the emulator's"),
    "as_api_key": (f"x-goog-api-key: {TOKEN}", "this emulator wants a token"),
    "beyond_ascii": ("Authorization: Bearer \xff\xfe", "the token is not the emulator's"),
    "twice": (f"Authorization: Bearer wrong\r\nAuthorization: Bearer {TOKEN}", "the token is not the emulator's"),
}


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_the_control_interface_without_its_token(closed_doors: EmulatorProcess, credential: str) -> None:
    header, words = CREDENTIALS[credential]
    with Attacker(closed_doors.port) as attacker:
        attacker.send((HEALTH + (header + "\r\n" if header else "") + "\r\n").encode("latin-1"))
        Answers(401, words, {"www-authenticate": "Bearer"}).see(attacker)


def test_the_control_token_opens_it(closed_doors: EmulatorProcess) -> None:
    with Attacker(closed_doors.port) as client:
        client.send(f"{HEALTH}Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        Answers(200, '"status": "ok"').see(client)


KEYS = {
    "unknown": (f"{CANARY}bad", 1007, "API key not valid."),
    "expired": (f"{CANARY}old", 1007, "API key expired."),
    "none": ("", 1007, "API key not valid."),
    "cut_short": (f"{CANARY}goo", 1007, "API key not valid."),
    "with_a_nul": (f"{CANARY}good%00", 1007, "API key not valid."),
    "a_token_of_nobody": (f"auth_tokens/{CANARY}", 1007, "API key not valid."),
}


@pytest.mark.parametrize("kind", KEYS)
def test_keys_that_do_not_open(closed_doors: EmulatorProcess, kind: str) -> None:
    key, code, words = KEYS[kind]
    with Attacker(closed_doors.port) as attacker:
        attacker.enter(f"/ws?key={key}").send(text(setup_of()))
        Closes(code, words).see(attacker)


def test_a_key_that_has_its_one_session(closed_doors: EmulatorProcess) -> None:
    path = f"/ws?key={CANARY}few"
    with Attacker(closed_doors.port) as first, Attacker(closed_doors.port) as second:
        first.enter(path).set_up(SPOKEN)
        second.enter(path).send(text(SPOKEN))
        Closes(1011, "You exceeded your current quota").see(second)
        first.send(frame(CLOSE))
        Closes(1005).see(first)


def test_unknown_fields_where_they_are_forbidden(closed_doors: EmulatorProcess) -> None:
    with Attacker(closed_doors.port) as attacker:
        attacker.enter(f"/ws?key={CANARY}good").send(text(setup_of(**{"evil\n": 1})))
        Closes(1007, "Invalid JSON payload received. Unknown name").see(attacker)


def test_no_seat_is_left(closed_doors: EmulatorProcess) -> None:
    seated = [Attacker(closed_doors.port).enter(f"/ws?key={CANARY}good") for _ in range(5)]
    for _ in range(20):
        with Attacker(closed_doors.port) as late:
            late.send(upgrade())
            Answers(503, "All 5 sessions are taken").see(late)
    for attacker in seated:
        with attacker:
            attacker.send(frame(CLOSE))
            Closes(1005).see(attacker)
    with Attacker(closed_doors.port) as at_last:
        at_last.enter(f"/ws?key={CANARY}good").set_up(SPOKEN)


def test_it_stops_in_the_middle_of_an_attack(tmp_path: Path) -> None:
    """Whatever is open: every session is closed with 1001, and the exit code is 0."""
    emulator = EmulatorProcess(tmp_path, "--pace", "at-once")
    try:
        silent, half, waiting, flooding = (Attacker(emulator.port) for _ in range(4))
        half.send(upgrade()[:50])
        waiting.enter()
        flooding.enter().set_up().send(b"".join(text(turn_of(f"n{n}")) for n in range(200)))
        flooding.message()
        assert emulator.stop() == 0
        Drops().see(silent)
        half.rest()
        assert waiting.closing()[0] == 1001
        assert flooding.closing()[0] == 1001
        for attacker in (silent, half, waiting, flooding):
            attacker.socket.close()
        assert faults_of(emulator.log) == []
    finally:
        emulator.kill()

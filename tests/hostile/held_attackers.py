"""Attackers that stay: they hold connections during the whole run, let drop a byte now and then, and never read.

Whoever is thrown out comes back at once, so that the emulator is never without them.
"""

import re
import selectors
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from attacker_socket import (
    BINARY,
    CANARY,
    LIVE_PATH,
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

TICK_SECONDS = 0.1
"""How often each of them sends its next piece."""

MANY_PINGS = frame(PING, b"p" * 125) * 400
LONG_TURN = text(turn_of("never read " * 5000))
ENDLESS = setup_of(contextWindowCompression={"slidingWindow": {}})
"""For those who would fill the context window."""
MANY_REQUESTS = b"GET /v1beta/models HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
SLOW_POST = (
    f"POST /v1alpha/auth_tokens?key={CANARY}held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
    "Content-Type: application/json\r\n\r\n"
).encode()


@dataclass
class Held:
    """One attacker.

    Attributes:
        name: what it does.
        opening: opens its connection.
        piece: sent every tick; of several bytes with ``bit_by_bit`` one after the other.
        reads: whether it takes what it is sent.
        must_say: what the emulator has to have said when it ends the connection, all of it.
        ends_itself: whether the emulator's own deadline falls within a run: it has to have ended by then.
        ended: what was said at each end so far.
    """

    name: str
    opening: Callable[[int], Attacker]
    piece: bytes = b""
    bit_by_bit: bool = False
    reads: bool = True
    must_say: bytes = b""
    ends_itself: bool = True
    ended: list[bytes] = field(default_factory=list)
    attacker: Attacker | None = None
    said: bytearray = field(default_factory=bytearray)
    at: int = 0

    def open(self, port: int) -> Attacker:
        """Come (again)."""
        self.said.clear()
        self.at = 0
        self.attacker = self.opening(port)
        self.attacker.socket.setblocking(False)
        return self.attacker

    def tick(self) -> bool:
        """Send the next piece; gives whether the connection is still there."""
        assert self.attacker is not None
        piece = self.piece[self.at : self.at + 1] if self.bit_by_bit else self.piece
        try:
            # Of a piece that is taken in part the rest is lost, so what comes later is no frame: only for those who are
            # never read to the end of what fits. They are cut before it is seen.
            self.at += self.attacker.socket.send(piece) if piece else 0
        except (BlockingIOError, ssl.SSLWantWriteError):
            pass
        except OSError:
            return False
        return True

    def read(self) -> bool:
        """Take what was said; gives whether the connection is still there."""
        assert self.attacker is not None
        try:
            heard = self.attacker.socket.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        self.said += heard
        return bool(heard)

    def faults(self) -> list[str]:
        """What was wrong with its ends."""
        wrong = [
            f"{self.name}: ended with {said[:200]!r}"
            for said in self.ended
            if not re.fullmatch(self.must_say, said, re.S)
        ]
        return wrong if self.ended or not self.ends_itself else [f"{self.name}: was never ended"]


def _silent(port: int) -> Attacker:
    return Attacker(port)


def _begins(*pieces: bytes) -> Callable[[int], Attacker]:
    def begin(port: int) -> Attacker:
        attacker = Attacker(port)
        attacker.send(*pieces)
        return attacker

    return begin


def _entered(*pieces: bytes) -> Callable[[int], Attacker]:
    def begin(port: int) -> Attacker:
        attacker = Attacker(port).enter()
        attacker.send(*pieces)
        return attacker

    return begin


def _in_session(*pieces: bytes, little: bool = False) -> Callable[[int], Attacker]:
    def begin(port: int) -> Attacker:
        attacker = Attacker(port, little=little).enter().set_up(ENDLESS)
        attacker.send(*pieces)
        return attacker

    return begin


TIMED_OUT = rb"HTTP/1\.1 408 .*did not arrive in 10 seconds.*"
ABORTED = rb"\x88.\x03\xf0The operation was aborted\."
CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303")


def attackers() -> list[Held]:
    """All of them, fresh."""
    return [
        Held("silent_after_tcp", _silent),
        Held("half_a_client_hello", _begins(CLIENT_HELLO), b"\x00", must_say=rb"(\x15\x03.*)?"),
        Held("slow_handshake", _silent, upgrade(), bit_by_bit=True, must_say=TIMED_OUT),
        Held("half_a_head", _begins(upgrade()[:-2]), must_say=TIMED_OUT),
        Held("no_setup", _entered(), must_say=ABORTED),
        Held(
            "slow_setup", _entered(), frame(TEXT, octets(setup_of()) + b" " * 9000), bit_by_bit=True, must_say=ABORTED
        ),
        Held("pings_and_no_setup", _entered(), frame(PING), must_say=rb"(\x8a\x00)*" + ABORTED + rb"(\x8a\x00)*"),
        Held("unfinished_setup", _entered(), frame(TEXT, b" ", fin=False), bit_by_bit=True, must_say=ABORTED),
        Held(
            "idle_after_http",
            _begins(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            must_say=rb"HTTP/1\.1 200 .*",
        ),
        Held("slow_body", _begins(SLOW_POST), b"{"),
        Held("half_a_frame", _in_session(frame(BINARY, b"{", announced=1 << 20)), b" ", ends_itself=False),
        Held(
            "unfinished_message",
            _in_session(frame(TEXT, b"{", fin=False)),
            frame(0, b" ", fin=False),
            ends_itself=False,
            must_say=rb"\x88.*",
        ),
        Held("never_reading", _in_session(little=True), LONG_TURN, reads=False, ends_itself=False),
        Held("pings_without_reading", _in_session(little=True), MANY_PINGS, reads=False, ends_itself=False),
        Held("requests_without_reading", _begins(), MANY_REQUESTS, reads=False, ends_itself=False),
        Held("half_closed_head", _begins(f"GET {LIVE_PATH} HTTP".encode()), must_say=TIMED_OUT),
    ]


class Siege:
    """Holds the attackers, in a thread.

    Args:
        port: the emulator's.
    """

    def __init__(self, port: int) -> None:
        self.attackers = attackers()
        self._port = port
        self._over = False
        self._selector = selectors.DefaultSelector()
        for held in self.attackers:
            self._come(held)
        self._thread = threading.Thread(target=self._hold)
        self._thread.start()

    def leave(self) -> None:
        """Let all of them go. May be called twice."""
        if self._over:
            return
        self._over = True
        self._thread.join()
        for held in self.attackers:
            assert held.attacker is not None
            held.attacker.socket.close()
        self._selector.close()

    @property
    def unended(self) -> list[str]:
        """Those that the emulator has to end, and has not yet."""
        return [held.name for held in self.attackers if held.ends_itself and not held.ended]

    def _come(self, held: Held) -> None:
        attacker = held.open(self._port)
        if held.reads:
            self._selector.register(attacker.socket, selectors.EVENT_READ, held)

    def _hold(self) -> None:
        next_tick = time.monotonic()
        while not self._over:
            for key, _ in self._selector.select(max(0.0, next_tick - time.monotonic())):
                if not key.data.read():
                    self._ended(key.data)
            if time.monotonic() >= next_tick:
                next_tick += TICK_SECONDS
                for held in self.attackers:
                    if not held.tick():
                        self._ended(held)

    def _ended(self, held: Held) -> None:
        assert held.attacker is not None
        if held.reads:
            self._selector.unregister(held.attacker.socket)
            # Who notices the end when sending may have something left to read.
            held.read()
        held.attacker.socket.close()
        held.ended.append(bytes(held.said))
        self._come(held)

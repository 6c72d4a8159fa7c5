"""How a connection may end: what each case expects, said beforehand and then held against what comes.

Each end takes the attacker after it has sent what it had to send, and sees to it that the emulator lets go of the
connection, or that the session goes on as if nothing had been.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from attacker_socket import CLOSE, PONG, Attacker, frame, text, turn_of

PROTOCOL_ERROR, NOT_TEXT, INVALID, POLICY, TOO_BIG, INTERNAL = 1002, 1007, 1007, 1008, 1009, 1011


class End(Protocol):
    """What has to become of a connection."""

    def see(self, attacker: Attacker) -> None:
        """Hold it against what comes. Raises AssertionError."""
        ...


@dataclass(frozen=True)
class Closes:
    """A close frame with this code and words that begin like this, and then the end, though nobody answers it."""

    code: int
    words: str = ""

    def see(self, attacker: Attacker) -> None:
        code, words = attacker.closing()
        assert code == self.code, (code, words)
        assert words.startswith(self.words), (code, words)
        assert len(words.encode()) <= 123
        attacker.finish()
        attacker.ends()


@dataclass(frozen=True)
class GoesOn:
    """The session takes its next turn, and hears it right; ``first`` are the answers to turns before that."""

    first: tuple[str, ...] = ()

    def see(self, attacker: Attacker) -> None:
        for expected in self.first:
            assert attacker.turn() == expected
        attacker.send(text(turn_of("still there?")))
        assert attacker.turn() == "Heard: still there?"
        attacker.send(frame(CLOSE, b"\x03\xe8"))
        assert attacker.closing()[0] == 1000
        attacker.ends()


@dataclass(frozen=True)
class Pongs:
    """These pongs in this order, and the session goes on."""

    payloads: tuple[bytes, ...]
    then: GoesOn = GoesOn()

    def see(self, attacker: Attacker) -> None:
        for payload in self.payloads:
            assert attacker.frame() == (PONG, payload)
        self.then.see(attacker)


@dataclass(frozen=True)
class Drops:
    """The end, without a word."""

    def see(self, attacker: Attacker) -> None:
        attacker.ends()


@dataclass(frozen=True)
class Answers:
    """An HTTP answer with this status and these words in its body, and then the end of the connection.

    Attributes:
        headers: those that it must have (``None`` for those that it must not have).
        stays: the connection may be kept.
        bodiless: no body comes, whatever length the answer tells, as for HEAD.
    """

    status: int
    words: str = ""
    headers: dict[str, str | None] = field(default_factory=dict)
    stays: bool = False
    bodiless: bool = False

    def see(self, attacker: Attacker) -> None:
        answer = attacker.head() if self.bodiless else attacker.answer()
        assert answer.status == self.status, answer
        assert self.words in answer.body.decode("ascii"), answer.body
        assert "access-control-allow-origin" not in answer.headers
        for name, value in self.headers.items():
            assert answer.headers.get(name) == value, answer.headers
        if not self.stays:
            attacker.finish()
            attacker.ends()


@dataclass(frozen=True)
class Case:
    """One attack.

    Attributes:
        name: what it does; unique.
        end: what has to become of it.
        sent: the pieces that are sent, one by one.
    """

    name: str
    end: End
    sent: tuple[bytes, ...]

    def __str__(self) -> str:
        return self.name


def case(name: str, end: End, *sent: Any) -> Case:
    """A case; what is no bytes is a message, and goes into a text frame."""
    return Case(name, end, tuple(piece if isinstance(piece, bytes) else text(piece) for piece in sent))


def chopped(piece: bytes) -> tuple[bytes, ...]:
    """The same, byte by byte."""
    return tuple(bytes((octet,)) for octet in piece)


@dataclass(frozen=True)
class SetsUp:
    """The setup is taken, and a turn is answered."""

    def see(self, attacker: Attacker) -> None:
        told = attacker.message()
        assert "setupComplete" in told, told
        GoesOn().see(attacker)

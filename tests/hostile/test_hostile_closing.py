"""Ends of a connection that a client gets wrong: close frames, and what comes behind them. Group 7 of the Autobahn suite."""

import pytest
from attacker_socket import CLOSE, CONTINUATION, FORGED, PING, TEXT, Attacker, frame, octets, text, turn_of
from emulator_process import EmulatorProcess
from ends import NOT_TEXT, PROTOCOL_ERROR, Case, Closes, Drops, case, chopped

BROKEN = Closes(PROTOCOL_ERROR)
HELLO = octets(turn_of("hello"))


def close(code: int, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(CLOSE, code.to_bytes(2) + reason)


BYE = close(1000)
RIGHT_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
WRONG_CODES = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535)
CASES = [
    *(case(f"7_7_code_{code}", Closes(code), close(code)) for code in RIGHT_CODES),
    *(case(f"7_9_code_{code}", BROKEN, close(code)) for code in WRONG_CODES),
    case("7_3_1_no_code", Closes(1005), frame(CLOSE)),
    case("7_3_2_half_a_code", BROKEN, frame(CLOSE, b"\x03")),
    case("7_3_4_a_reason", Closes(1000, "that is all"), close(1000, b"that is all")),
    case("7_3_5_the_longest_reason", Closes(1000, "r" * 123), close(1000, b"r" * 123)),
    case("7_3_6_a_reason_too_long", BROKEN, close(1000, b"r" * 124)),
    case("7_5_1_a_reason_that_is_no_text", Closes(NOT_TEXT), close(1000, b"\xce\xba\xed\xa0\x80")),
    case("7_a_close_byte_by_byte", Closes(1000), *chopped(BYE)),
    case("7_a_reason_with_a_forged_line", Closes(4000), close(4000, f"bye\n{FORGED}\x1b[2J\u202e".encode())),
    case("7_1_2_two_closes", Closes(1000), BYE * 2),
    case("7_1_3_a_ping_behind_the_close", Closes(1000), BYE + frame(PING, b"late")),
    case("7_1_4_a_turn_behind_the_close", Closes(1000), BYE + frame(TEXT, HELLO)),
    # What the Autobahn suite would have answered with 1000, see docs/hostile.md.
    case("7_1_5_a_close_within_a_message", BROKEN, frame(TEXT, HELLO, fin=False) + BYE + frame(CONTINUATION, b" ")),
    case("7_1_6_much_behind_the_close", Closes(1000), BYE, *[frame(TEXT, HELLO + b" " * 60000, mask=bytes(4))] * 20),
    case("7_garbage_behind_the_close", Closes(1000), BYE + b"\xff" * 1000),
]


@pytest.mark.parametrize("attack", CASES, ids=str)
def test_closing(emulator: EmulatorProcess, attack: Case) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().send(*attack.sent)
        attack.end.see(attacker)


def test_a_close_before_any_setup(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().send(BYE)
        Closes(1000).see(attacker)


def test_a_close_that_the_client_never_answers(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().send(text({"setup": {}}))
        assert attacker.closing() == (1007, "setup must be the first message and only the first")
        Drops().see(attacker)


def test_a_client_that_talks_on_after_it_was_closed(emulator: EmulatorProcess) -> None:
    """Its turns are not heard. Its pings are still answered, since it has not sent a close frame (RFC 6455 s. 5.5.2)."""
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().send(text({"setup": {}}))
        attacker.send(*[frame(TEXT, HELLO)] * 2000, *[frame(PING, b"p")] * 2000)
        assert attacker.closing() == (1007, "setup must be the first message and only the first")
        assert attacker.rest().replace(b"\x8a\x01p", b"") == b""


def test_a_client_that_ends_its_side_without_a_close(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().finish()
        Drops().see(attacker)

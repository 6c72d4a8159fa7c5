"""Frames that break the WebSocket protocol, or go to its limits, after a setup that was right.

The numbers are those of the Autobahn suite's groups of cases (https://github.com/crossbario/autobahn-testsuite), which
docs/hostile.md says more of. What the real server says to a broken frame is not known; the codes are RFC 6455's.
"""

import pytest
from attacker_socket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Attacker,
    frame,
    octets,
    text,
    turn_of,
)
from emulator_process import EmulatorProcess
from ends import NOT_TEXT, PROTOCOL_ERROR, TOO_BIG, Case, Closes, GoesOn, Pongs, case, chopped

BROKEN = Closes(PROTOCOL_ERROR)
HELLO = octets(turn_of("hello"))
HEARD = GoesOn(("Heard: hello",))
AMISS = "Invalid JSON payload received."
EMPTY = frame(CONTINUATION, fin=False)
ODD = (
    octets(turn_of("f\u00fcnf \U0001f600"))
    .replace(b"\\u00fc", "\u00fc".encode())
    .replace(b"\\ud83d\\ude00", "\U0001f600".encode())
)
ODD_HEARD = GoesOn(("Heard: f\u00fcnf \U0001f600",))


def long(length: int) -> bytes:
    """The same turn, so many bytes long."""
    return HELLO + b" " * (length - len(HELLO))


def fragments(message: bytes, size: int, between: bytes = b"") -> bytes:
    """A message in frames of so many bytes, with something between each two."""
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    last = len(parts) - 1
    return between.join(frame(CONTINUATION if at else TEXT, part, fin=at == last) for at, part in enumerate(parts))


FRAMING = [
    case("1_1_empty_text", Closes(NOT_TEXT, AMISS), frame(TEXT)),
    case("1_2_empty_binary", Closes(NOT_TEXT, AMISS), frame(BINARY)),
    *(case(f"1_1_text_of_{length}", HEARD, frame(TEXT, long(length))) for length in (125, 126, 127, 128, 65535, 65536)),
    *(case(f"1_2_binary_of_{length}", HEARD, frame(BINARY, long(length))) for length in (125, 65535, 65536)),
    case("1_1_text_byte_by_byte", HEARD, *chopped(frame(TEXT, HELLO))),
    case("1_length_in_a_longer_form", HEARD, frame(TEXT, long(125), form=126)),
    case("1_length_in_the_longest_form", HEARD, frame(TEXT, long(125), form=127)),
    case("1_two_messages_in_one_packet", GoesOn(("Heard: hello",) * 2), frame(TEXT, HELLO) * 2),
    case("1_mask_of_zeros", HEARD, frame(TEXT, HELLO, mask=bytes(4))),
    case("1_unmasked_text", BROKEN, frame(TEXT, HELLO, mask=None)),
    case("1_unmasked_ping", BROKEN, frame(PING, b"p", mask=None)),
    case("1_unmasked_close", BROKEN, frame(CLOSE, b"\x03\xe8", mask=None)),
    case("1_http_again", BROKEN, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    case("1_all_ones", BROKEN, b"\xff" * 64),
    case("1_all_zeros", BROKEN, bytes(64)),
]

PINGS = [
    case("2_1_empty_ping", Pongs((b"",)), frame(PING)),
    case("2_3_ping_of_bytes", Pongs((b"\x00\xff\xfe\xfd",)), frame(PING, b"\x00\xff\xfe\xfd")),
    case("2_4_ping_of_125", Pongs((b"\xfe" * 125,)), frame(PING, b"\xfe" * 125)),
    case("2_5_ping_of_126", BROKEN, frame(PING, b"\xfe" * 126)),
    case("2_6_ping_of_125_byte_by_byte", Pongs((b"\xfe" * 125,)), *chopped(frame(PING, b"\xfe" * 125))),
    case("2_7_pong_unasked", GoesOn(), frame(PONG)),
    case("2_8_pong_unasked_with_payload", GoesOn(), frame(PONG, b"unasked")),
    case("2_9_pong_then_ping", Pongs((b"ping",)), frame(PONG, b"unasked"), frame(PING, b"ping")),
    case(
        "2_10_ten_pings",
        Pongs(tuple(b"%d" % n for n in range(10))),
        b"".join(frame(PING, b"%d" % n) for n in range(10)),
    ),
    case("2_pong_of_126", BROKEN, frame(PONG, b"\xfe" * 126)),
    case("2_ping_that_announces_a_gigabyte", Closes(TOO_BIG), frame(PING, b"p", announced=1 << 30)),
]

RESERVED = [
    *(case(f"3_text_with_bits_{bits}", BROKEN, text(turn_of("hello"), rsv=bits)) for bits in (1, 2, 4, 7)),
    case("3_compressed_though_not_agreed", BROKEN, frame(TEXT, b"\xaaV*\xcd\xccK\x072\x8c\x00", rsv=4)),
    case("3_6_ping_with_bits", BROKEN, frame(PING, b"p", rsv=6)),
    case("3_7_close_with_bits", BROKEN, frame(CLOSE, b"\x03\xe8", rsv=7)),
    case("3_bits_byte_by_byte", BROKEN, *chopped(frame(TEXT, HELLO, rsv=4))),
]

OPCODES = [case(f"4_opcode_{opcode:x}", BROKEN, frame(opcode, b"x")) for opcode in (*range(3, 8), *range(11, 16))]

FRAGMENTS = [
    case("5_1_ping_in_fragments", BROKEN, frame(PING, b"a", fin=False), frame(CONTINUATION, b"b")),
    case("5_2_pong_in_fragments", BROKEN, frame(PONG, b"a", fin=False), frame(CONTINUATION, b"b")),
    case("5_close_in_fragments", BROKEN, frame(CLOSE, b"\x03", fin=False), frame(CONTINUATION, b"\xe8")),
    case("5_3_text_in_two", HEARD, fragments(HELLO, 30)),
    case("5_5_text_in_two_byte_by_byte", HEARD, *chopped(fragments(HELLO, 30))),
    case("5_6_ping_between_fragments", Pongs((b"p",), HEARD), fragments(long(160), 80, frame(PING, b"p"))),
    case("5_8_pong_between_fragments", HEARD, fragments(HELLO, 30, frame(PONG, b"p"))),
    case("5_9_continuation_of_nothing", BROKEN, frame(CONTINUATION, b"x")),
    case("5_11_continuation_of_nothing_and_more_to_come", BROKEN, frame(CONTINUATION, b"x", fin=False)),
    case("5_15_continuation_after_the_end", BROKEN, fragments(HELLO, 30) + frame(CONTINUATION, b"x")),
    case("5_18_text_within_a_text", BROKEN, frame(TEXT, HELLO, fin=False), frame(TEXT, HELLO)),
    case("5_binary_within_a_text", BROKEN, frame(TEXT, HELLO, fin=False), frame(BINARY, HELLO)),
    case("5_thousands_of_empty_fragments", HEARD, frame(TEXT, fin=False) + EMPTY * 6000 + frame(CONTINUATION, HELLO)),
    case("5_a_byte_in_each_of_many", HEARD, fragments(HELLO, 1)),
]

NO_TEXT = {
    "overlong_slash": b"\xc0\xaf",
    "lone_surrogate": b"\xed\xa0\x80",
    "beyond_unicode": b"\xf4\x90\x80\x80",
    "lone_continuation": b"\x80",
    "cut_short": b"\xe2\x82",
    "byte_ff": b"\xff",
}
UTF_8 = [
    case("6_2_valid_text", ODD_HEARD, frame(TEXT, ODD)),
    case("6_2_valid_text_cut_within_letters", ODD_HEARD, fragments(ODD, 1)),
    *(
        case(
            f"6_{name}", Closes(NOT_TEXT, AMISS + " The text is not UTF-8."), frame(TEXT, HELLO.replace(b"hello", odd))
        )
        for name, odd in NO_TEXT.items()
    ),
    case(
        "6_not_utf_8_in_fragments",
        Closes(NOT_TEXT, AMISS + " The text is not UTF-8."),
        fragments(HELLO.replace(b"hello", b"\xce\xba\xed\xa0\x80"), 7),
    ),
    case(
        "6_not_utf_8_in_binary",
        Closes(NOT_TEXT, AMISS + " The text is not UTF-8."),
        frame(BINARY, HELLO.replace(b"hello", b"\xff")),
    ),
    case("6_utf_16", Closes(NOT_TEXT, AMISS), frame(TEXT, HELLO.decode().encode("utf-16"))),
]

LIMITS = [
    case("9_text_of_4_mebibytes", HEARD, frame(TEXT, long(4 << 20), mask=bytes(4))),
    case("9_text_of_16_mebibytes", HEARD, frame(TEXT, long(16 << 20), mask=bytes(4))),
    case("9_text_of_16_mebibytes_and_one", Closes(TOO_BIG), frame(TEXT, b" ", announced=(16 << 20) + 1)),
    case("9_binary_of_20_mebibytes", Closes(TOO_BIG), frame(BINARY, bytes(20 << 20), mask=bytes(4))),
    case("9_announces_an_exbibyte", Closes(TOO_BIG), frame(TEXT, b" ", announced=1 << 60)),
    case("9_announces_a_negative_length", Closes(TOO_BIG), frame(TEXT, b" ", announced=1 << 63)),
    case(
        "9_fragments_of_20_mebibytes",
        Closes(TOO_BIG),
        *([frame(TEXT, b" ", fin=False), *[frame(CONTINUATION, bytes(1 << 20), fin=False, mask=bytes(4))] * 20]),
    ),
    case("10_text_in_fragments_of_1300", HEARD, fragments(long(65536), 1300)),
]

CASES = [*FRAMING, *PINGS, *RESERVED, *OPCODES, *FRAGMENTS, *UTF_8, *LIMITS]


@pytest.mark.parametrize("attack", CASES, ids=str)
def test_frames(emulator: EmulatorProcess, attack: Case) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().send(*attack.sent)
        attack.end.see(attacker)

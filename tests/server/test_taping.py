"""What is kept of a session's messages."""

from base64 import b64encode

from gemlive_emulator.server.taping import EACH, MOST_OCTETS, Kept, Roll
from gemlive_emulator.wire.tape import Taped

SOUND = b'{"data":"%s"}' % b64encode(bytes(600))


def taped(roll: Roll) -> tuple[list[Taped], int]:
    numbered, dropped = roll.read()
    return [one.taped for one in numbered], dropped


def roll(kept: Kept, *payloads: bytes) -> Roll:
    made = Roll(kept, 5.0)
    for number, payload in enumerate(payloads):
        made.keep(number, 5.0 + number, "client", (payload,))
    return made


def test_nothing_is_kept_if_nothing_is_wanted() -> None:
    assert taped(roll("nothing", b"{}")) == ([], 0)


def test_words_are_kept_without_sound_and_with_their_places() -> None:
    made = roll("words", b"{}", SOUND)
    assert not made.whole
    assert taped(made) == ([Taped(0.0, "client", b"{}"), Taped(1.0, "client", b'{"data":"<600 octets>"}')], 0)
    assert [one.number for one in made.read()[0]] == [0, 1]


def test_all_is_kept_with_sound() -> None:
    made = roll("all", SOUND)
    assert made.whole
    assert taped(made)[0][0].payload == SOUND


def test_the_oldest_messages_make_room() -> None:
    often = MOST_OCTETS["words"] // (100 + EACH)
    made = roll("words", *(b"%100d" % number for number in range(often + 3)))
    kept, dropped = taped(made)
    assert dropped == 3
    assert kept[0].payload == b"%100d" % 3
    assert len(kept) == often


def test_a_message_that_is_longer_than_all_there_is_room_for_leaves_nothing() -> None:
    made = roll("words", b"{}", b"x" * (MOST_OCTETS["words"] + 1))
    assert taped(made) == ([], 2)

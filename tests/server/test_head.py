"""The head of a request, without a socket."""

import pytest
from door_house import UPGRADE, head_with
from websockets.server import ServerProtocol

from gemlive_emulator.server.head import MAX_HEAD, HeadFault, end_of_head, parse

# The head, without a socket.


@pytest.mark.parametrize("cut", range(1, len(UPGRADE), 7))
def test_a_part_of_a_head_is_waited_for(cut):
    assert end_of_head(UPGRADE[:cut]) is None
    assert end_of_head(UPGRADE + b"more") == len(UPGRADE)


def test_the_longest_head_that_is_taken():
    rest = MAX_HEAD - len(head_with())
    lines = [b"A: " + b"b" * 995] * (rest // 1000) + [b"A: " + b"b" * (rest % 1000 + 995)]
    whole = head_with(*lines)[: MAX_HEAD - 4] + b"\r\n\r\n"
    assert end_of_head(whole) == MAX_HEAD
    assert parse(whole).headers.get_all("A")
    with pytest.raises(HeadFault) as fault:
        end_of_head(whole.replace(b"\r\n\r\n", b"bbbbb"))
    assert fault.value.refusal.code == 431


def test_a_head_is_read_as_websockets_reads_it():
    library = ServerProtocol()
    library.receive_data(UPGRADE)
    (theirs,) = library.events_received()
    ours = parse(UPGRADE)
    assert (ours.path, ours.method, list(ours.headers.raw_items())) == (
        theirs.path,
        theirs.method,
        list(theirs.headers.raw_items()),
    )

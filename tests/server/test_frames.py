"""The splitter against the library's own parser: any cutting of any frames gives the same messages."""

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import example, given
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, State
from websockets.server import ServerProtocol

from gemlive_emulator.server.frames import BINARY, TEXT, Foreign, Splitter, head

LIMIT = 300


def masked(first: int, payload: bytes, mask: bytes = b"\x01\x80\xff\x5a", bits: int = 0x80, long: int = 0) -> bytes:
    """A frame as a client might send it, right or wrong; ``long`` forces a longer length field than is needed."""
    size = len(payload)
    if size < 126 and not long:
        length = bytes([bits | size])
    elif size < 65536 and long < 2:
        length = bytes([bits | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([bits | 127]) + size.to_bytes(8, "big")
    body = bytes(octet ^ mask[at % 4] for at, octet in enumerate(payload))
    return bytes([first]) + length + (mask if bits else b"") + body


class Both:
    """The library behind the splitter, and the library alone."""

    def __init__(self, splitting: bool) -> None:
        self.splitter = Splitter(LIMIT) if splitting else None
        self.library = ServerProtocol(state=OPEN, max_size=LIMIT)
        self.messages: list[bytes] = []
        self.sent = b""
        self._fragments = b""

    def take(self, data: bytes) -> None:
        if self.splitter is None:
            self._library(data)
            return
        for item in self.splitter.split(data):
            if type(item) is Foreign:
                self._library(item)
                if self.library.state is not State.OPEN:
                    self._library(self.splitter.hand_over())
            elif self.library.state is State.OPEN:
                self.messages.append(item)

    def end(self) -> None:
        if self.splitter is not None:
            self._library(self.splitter.hand_over())
        self.library.receive_eof()
        self._drain()

    def _library(self, data: bytes) -> None:
        if data:
            self.library.receive_data(data)
        self._drain()

    def _drain(self) -> None:
        for frame in self.library.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._fragments += frame.data
                if frame.fin:
                    self.messages.append(self._fragments)
                    self._fragments = b""
        self.sent += b"".join(self.library.data_to_send())


good_frames = st.builds(
    masked,
    st.sampled_from([0x81, 0x82, 0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A]),
    st.one_of(st.binary(max_size=40), st.sampled_from([b"x" * 125, b"x" * 126, b"x" * LIMIT])),
    st.binary(min_size=4, max_size=4),
    st.just(0x80),
    st.integers(0, 2),
)
any_frames = st.one_of(
    good_frames,
    st.just(masked(0x88, b"\x03\xe8bye")),
    st.just(masked(0x88, b"")),
    st.builds(masked, st.integers(0, 255), st.binary(max_size=130), st.just(b"mask"), st.sampled_from([0, 0x80])),
    st.just(masked(0x82, b"x" * (LIMIT + 1))),
    st.binary(max_size=12),
)


@given(st.lists(st.one_of(good_frames, any_frames), max_size=8), st.lists(st.integers(0, 2000), max_size=12))
@example([masked(0x82, b"m"), masked(0x88, b"\x03\xe8"), masked(0x82, b"after the close frame")], [])
@example([masked(0x01, b"open"), masked(0x82, b"between"), masked(0x82, b"after")], [])
@example([masked(0x01, b"a" * 200), masked(0x80, b"b" * 200), masked(0x82, b"after")], [])
@example([masked(0x02, b""), masked(0x89, b"ping"), masked(0x80, b"end")], [1, 2, 3])
def test_splitting_gives_what_the_library_gives(frames: list[bytes], cuts: list[int]) -> None:
    """Same messages, same pongs and close frames, whatever is sent and however the network cuts it."""
    stream = b"".join(frames)
    ours, theirs = Both(splitting=True), Both(splitting=False)
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        ours.take(stream[start:end])
        theirs.take(stream[start:end])
    for side in (ours, theirs):
        side.end()
    assert ours.messages == theirs.messages
    assert ours.sent == theirs.sent
    assert ours.library.close_code == theirs.library.close_code


def test_a_message_cut_into_single_bytes_arrives_once() -> None:
    splitter = Splitter(LIMIT)
    got = [item for octet in masked(0x81, b"x" * 200) for item in splitter.split(bytes([octet]))]
    assert got == [b"x" * 200]
    assert type(got[0]) is bytes


def test_a_whole_frame_is_no_business_of_the_library() -> None:
    assert Splitter(LIMIT).split(masked(0x82, b"one") + masked(0x81, b"two")) == [b"one", b"two"]


def test_a_frame_that_is_too_long_is_handed_over_before_it_has_arrived() -> None:
    splitter = Splitter(LIMIT)
    first = masked(0x82, b"x" * 1000)[:20]
    (item,) = splitter.split(first)
    assert type(item) is Foreign
    assert item == first
    assert splitter.handed_over


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_heads_are_those_of_the_library(size: int, opcode: int) -> None:
    payload = bytes(size)
    assert head(size, opcode) + payload == Frame(Opcode(opcode), payload).serialize(mask=False)

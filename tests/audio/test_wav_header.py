"""The header of a WAV file in a stream, and the words in it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.audio.wav import from_wav, text_in_wav, to_wav
from gemlive_emulator.audio.wav_header import LONGEST_HEADER, Header, read_header, text_of

PCM = bytes(range(200))
PCM_ID = bytes.fromhex("0100000000001000800000aa00389b71")
FLOAT_ID = bytes.fromhex("0300000000001000800000aa00389b71")


def chunk(name: bytes, body: bytes, size: int | None = None, padded: bool = True) -> bytes:
    length = len(body) if size is None else size
    return name + struct.pack("<I", length) + body + (bytes(len(body) % 2) if padded else b"")


def fmt(rate: int = 16_000, channels: int = 1, bits: int = 16, tag: int = 1, more: bytes = b"") -> bytes:
    block = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + more)


def wav(*chunks: bytes, size: int = 0) -> bytes:
    return b"RIFF" + struct.pack("<I", size) + b"WAVE" + b"".join(chunks)


def info(*entries: tuple[bytes, bytes], padded: bool = True) -> bytes:
    return chunk(b"LIST", b"INFO" + b"".join(chunk(name, value, padded=padded) for name, value in entries))


DATA = chunk(b"data", PCM)

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).map(lambda text: " ".join(text.split()))


@given(TEXTS, st.sampled_from([8_000, 16_000, 44_100, 48_000]), st.binary(max_size=64))
def test_what_is_written_is_read(text: str, rate: int, sound: bytes) -> None:
    content = to_wav(sound, rate, text=text)
    header = read_header(content)
    assert isinstance(header, Header)
    assert (header.rate, header.channels, header.bits, header.text, header.pcm) == (rate, 1, 16, text, True)
    # A chunk of odd size is padded.
    assert content[header.samples_at :] == sound + bytes(len(sound) % 2)
    assert text_in_wav(content) == text
    assert from_wav(content) == (sound[: len(sound) // 2 * 2], rate)


@given(TEXTS, st.data())
def test_the_header_is_known_once_it_is_whole_and_not_before(text: str, draw: st.DataObject) -> None:
    content = to_wav(PCM, 16_000, text=text)
    whole = read_header(content)
    assert isinstance(whole, Header)
    cut = draw.draw(st.integers(0, len(content)))
    assert read_header(content[:cut]) == (whole if cut >= whole.samples_at else "more")


@given(st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    assert isinstance(read_header(content), Header) or read_header(content) in ("more", "none")
    text_in_wav(content)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"LIST", b"fmt ", b"JUNK", b"data", b"\0\0\0\0"]),
            st.binary(max_size=40),
            st.integers(0, 2**32 - 1) | st.none(),
        ),
        max_size=6,
    )
)
def test_any_chunks_are_read_and_more_is_asked_for_within_bounds(parts: list[tuple[bytes, bytes, int | None]]) -> None:
    content = wav(*(chunk(name, body, size) for name, body, size in parts))
    text_in_wav(content)
    found = read_header(content)
    if found == "more":
        assert read_header(content + bytes(LONGEST_HEADER)) != "more"
    elif found != "none":
        assert found.samples_at <= len(content)


@pytest.mark.parametrize("content", [b"R", b"RIFX", b"\x01\x02", b"RIFF\0\0\0\0AVI ", b"RIFF\0\0\0\0WAVX" + bytes(90)])
def test_what_is_no_wav_file_never_becomes_one(content: bytes) -> None:
    expected = "more" if content == b"R" else "none"
    assert read_header(content) == expected


@pytest.mark.parametrize(
    "body",
    [
        fmt()[:20] + DATA,
        chunk(b"fmt ", bytes(14)) + DATA,
        fmt(rate=0) + DATA,
        fmt(channels=0) + DATA,
        fmt(bits=0) + DATA,
        DATA,
        chunk(b"JUNK", bytes(LONGEST_HEADER)) + fmt() + DATA,
        chunk(b"JUNK", b"", 0xFFFFFFFF) + fmt() + DATA,
        fmt() + chunk(b"junk", b"") * (LONGEST_HEADER // 8),
    ],
    ids=["cut", "short", "no rate", "no channels", "no bits", "no format", "long", "endless", "many"],
)
def test_a_header_that_tells_nothing_is_none(body: bytes) -> None:
    assert read_header(wav(body) + bytes(LONGEST_HEADER)) == "none"


@pytest.mark.parametrize("size", [0, 4, 0xFFFFFFFF])
def test_sizes_that_a_pipe_does_not_know_do_no_harm(size: int) -> None:
    content = wav(fmt(), b"data" + struct.pack("<I", size) + PCM, size=size)
    assert read_header(content) == Header(44, 16_000, 1, 16, "")


def test_a_file_from_a_pipe_has_all_samples_to_its_end() -> None:
    for size in (0, 0xFFFFFFFF):
        assert from_wav(wav(fmt(), b"data" + struct.pack("<I", size) + PCM, size=size)) == (PCM, 16_000)


def test_the_extensible_form_says_what_it_really_is() -> None:
    extension = struct.pack("<HHI", 22, 16, 4)
    plain, floating = (wav(fmt(48_000, 1, 16, 0xFFFE, extension + kind), DATA) for kind in (PCM_ID, FLOAT_ID))
    assert read_header(plain) == Header(68, 48_000, 1, 16, "", True)
    assert read_header(floating) == Header(68, 48_000, 1, 16, "", False)
    assert from_wav(plain) == (PCM, 48_000)
    with pytest.raises(ValueError, match="floats or compressed"):
        from_wav(floating)


def test_chunks_of_odd_size_are_found_whether_they_are_padded_or_not() -> None:
    for padded in (True, False):
        header = read_header(wav(fmt(), chunk(b"odd ", b"abc", padded=padded), DATA))
        assert isinstance(header, Header)
        assert header.samples_at == 44 + 8 + 3 + padded
        words = info((b"ISFT", b"abc"), (b"INAM", b"Hello"), padded=padded)
        assert read_header(wav(fmt(), words, DATA)) == Header(44 + len(words), 16_000, 1, 16, "Hello")


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([(b"ICMT", b"a comment"), (b"INAM", b"a title")], "a title"),
        ([(b"ICMT", b"a comment\0"), (b"INAM", b" \0")], "a comment"),
        ([(b"IART", b"somebody")], ""),
        ([(b"INAM", b"one"), (b"INAM", b"two")], "one"),
        ([(b"INAM", "Hallo, schön!".encode() + b"\0\0\0")], "Hallo, schön!"),
        ([(b"INAM", "schön".encode("latin-1"))], "schön"),
        ([(b"INAM", b"two\r\n lines")], "two lines"),
    ],
)
def test_the_title_or_else_a_comment_is_the_text(entries: list[tuple[bytes, bytes]], text: str) -> None:
    assert text_of(info(*entries)[8:]) == text
    assert text_in_wav(wav(fmt(), DATA, info(*entries))) == text


def test_the_first_list_that_tells_something_counts_and_others_are_passed_over() -> None:
    lists = chunk(b"LIST", b"adtlabc"), info((b"IART", b"x")), info((b"INAM", b"first")), info((b"INAM", b"second"))
    header = read_header(wav(*lists, fmt(), DATA))
    assert isinstance(header, Header)
    assert header.text == "first"


def test_a_text_that_no_header_holds_is_refused() -> None:
    long = "x" * (LONGEST_HEADER - 300)
    header = read_header(to_wav(PCM, text=long))
    assert isinstance(header, Header)
    assert header.text == long
    with pytest.raises(ValueError, match="a text of 17001 bytes; the header of a WAV file takes 16128 here"):
        to_wav(PCM, text="x" * 17_000)

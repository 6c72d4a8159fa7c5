"""Close words fit into a close frame, and faults say what they carry."""

import pytest

from gemlive_emulator.wire.errors import CLOSE_REASON_BYTES, ClientFault, cut


@pytest.mark.parametrize("words", ["", "short", "x" * 123])
def test_words_that_fit_stay(words):
    assert cut(words) == words


def test_long_words_are_cut_between_characters():
    assert cut("x" * 200) == "x" * CLOSE_REASON_BYTES
    assert cut("x" * 122 + "é") == "x" * 122
    assert cut("€" * 100) == "€" * 41
    assert cut("\ud800") == "?"


def test_a_fault_tells_code_words_and_hint():
    fault = ClientFault(1008, "w" * 130, "look here")
    assert (fault.code, fault.words, fault.hint) == (1008, "w" * 123, "look here")
    assert str(fault) == f"1008 {'w' * 123} (look here)"
    assert str(ClientFault(1007, "no")) == "1007 no"

"""The base of all messages."""

import pytest

from gemlive_emulator.wire.client import ClientContent, ToolResponse
from gemlive_emulator.wire.common import Blob, Content, Part


def test_a_message_holds_what_was_given_and_defaults_for_the_rest():
    part = Part(text="a")
    assert (part.text, part.thought, part.fields_given) == ("a", None, {"text"})
    assert Content().parts == ()
    assert ClientContent().turn_complete is False
    assert repr(Content(parts=[part], role="user")) == "Content(role='user', parts=[Part(text='a')])"


def test_a_name_that_is_no_field_is_refused():
    with pytest.raises(TypeError, match="Blob has no field 'mimeType'"):
        Blob(**{"mimeType": "audio/pcm"})


def test_messages_are_equal_by_their_values():
    assert Part(text="a") == Part(text="a") != Part(text="b")
    assert Part() == Part(text=None)
    assert Content(parts=[]) == Content()
    assert ToolResponse() != Content()
    assert Part() != "Part()"
    with pytest.raises(TypeError):
        hash(Part())

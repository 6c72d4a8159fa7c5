"""The words of the real server, where their parts come together."""

import pytest

from gemlive_emulator.wire import closes
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault

FIXED = [value for name, value in vars(closes).items() if isinstance(value, tuple) and name.isupper()]


@pytest.mark.parametrize("close", [*FIXED, *closes.KEY_STATES.values()], ids=lambda close: close[1][:60])
def test_every_close_has_a_code_of_the_real_server_and_words(close):
    code, words = close
    assert code in (closes.INVALID, closes.POLICY, closes.INTERNAL)
    # Some end with a blank: what follows it was never seen.
    assert words == words.lstrip()
    assert words


def test_words_with_parts():
    not_found = closes.fault(closes.model_not_found("x", "v1beta"))
    assert not_found.words.startswith("models/x is not found for API version v1beta, or is not supported for bidi")
    assert len(not_found.words) == 123
    assert closes.publisher_model_not_found("projects/p/models/x")[1].startswith(
        "Publisher Model `projects/p/models/x`"
    )
    _, words = closes.modalities_not_supported("TEXT", "x", ["AUDIO", "VIDEO"])
    assert "(TEXT) is not supported by the model. models/x accepts" in words
    assert words.endswith("* AUDIO\n* VIDEO\n")
    assert closes.unknown_name("a", "setup.tools[0]") == (
        1007,
        "Invalid JSON payload received. Unknown name \"a\" at 'setup.tools[0]': Cannot find field.",
    )
    assert closes.last_turn_not_user("0123456789abcdef")[1].startswith("Request trace id: 0123456789abcdef, [ORIGINAL")
    assert closes.prompt_too_long(12, 34)[1].startswith(
        "the system instruction has 12 tokens, user system instruction has 34 "
    )


def test_a_fault_carries_a_close_and_a_hint():
    fault = closes.fault(closes.INVALID_ARGUMENT, "send less")
    assert isinstance(fault, ClientFault)
    assert (fault.code, fault.words, fault.hint) == (1007, "Request contains an invalid argument.", "send less")


def test_an_endpoint_does_not_show_its_key():
    assert "secret" not in repr(Endpoint(key="secret"))

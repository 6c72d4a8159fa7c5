"""The vocabulary of scenario files as Python's tools see it: for completion in editors and for type checkers.

Nothing here does anything: :mod:`gemlive_emulator.scenario.fluent` asks the models of the files. A test holds these
names against theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypedDict

if TYPE_CHECKING:
    from re import Pattern

    Text = str | Pattern[str] | Mapping[str, Any] | Sequence[str | Pattern[str] | Mapping[str, Any]]
    """A text that is looked for, an expression, a mapping, or some of these of which one must fit."""

    Amount = int | Sequence[int] | Mapping[str, int]
    """A number, some of which one must fit, or ``{"at_least": ..., "at_most": ...}``."""


class Callers(TypedDict, total=False):
    """For which connections something is: the keys of ``for`` in a file."""

    connection: "Amount"
    key: "Text"
    model: "Text"
    query: "Mapping[str, Text]"


class Conditions(TypedDict, total=False):
    """What a turn must be like: the keys of ``when`` in a file, ``not`` as ``not_``."""

    text: "Text"
    heard: "Text"
    audio: str | Mapping[str, Any]
    images: "str | Amount"
    video: "str | Amount"
    realtime: bool
    signalled: bool
    turn: "Amount"
    connection: "Amount"
    resumed: bool
    proactive: bool
    model: "Text"
    voice: "Text"
    modality: str
    system: "Text"
    tools: str | Sequence[str]
    state: "Mapping[str, Text]"
    template: "Mapping[str, Text]"
    all: Sequence["Conditions | Mapping[str, Any]"]
    any: Sequence["Conditions | Mapping[str, Any]"]
    not_: "Conditions | Mapping[str, Any]"


class Expectations(Conditions, total=False):
    """What must come next in a script: the keys of ``expect`` in a file, and what stands beside it."""

    interruption: Mapping[str, Any]
    tool_response: Mapping[str, Any]
    says: str


class StepMethods:
    """The steps of a reply. What they do and take is in ``docs/scenarios.md``."""

    say: Callable[..., Self]
    """Say this, as text or speech; ``sound="silent"``, ``sound="none"`` rehearse failures of speech."""

    think: Callable[..., Self]
    """Have this thought."""

    pause: Callable[..., Self]
    """Do nothing for so long."""

    close: Callable[..., Self]
    """Close with a code and a ``reason``; ``"eof"`` or ``"reset"`` without a close frame."""

    silence: Callable[..., Self]
    """Give no answer at all."""

    end_turn: Callable[..., Self]
    """End the turn, with a ``turnCompleteReason`` or without."""

    interrupt: Callable[..., Self]
    """Have the answer cut by nobody ``after`` so much of it, and begin again, ``times`` in a row."""

    transcript: Callable[..., Self]
    """Send a transcription of the user's words once more."""

    call: Callable[..., Self]
    """Call a function of the client; its own keys are ``args``, ``if_error`` ..., ``as_``, ``id_``, ``checked_``."""

    calls: Callable[..., Self]
    """Call several functions in one message."""

    await_: Callable[..., Self]
    """Wait for the result of a call, or of all."""

    play: Callable[..., Self]
    """Let a WAV file be the answer; ``text`` is its transcription."""

    set: Callable[..., Self]
    """Set named state."""

    usage: Callable[..., Self]
    """Tell these counts of tokens at the end of the turn."""

    handle: Callable[..., Self]
    """Give, withhold or kill resumption handles."""

    go_away: Callable[..., Self]
    """Say that the connection will be closed."""

    send: Callable[..., Self]
    """Send a message as it is."""

    send_text: Callable[..., Self]
    """Send a text that need not be JSON."""

    search: Callable[..., Self]
    """Look words up on Google Search, as far as the family shows that."""

    ground: Callable[..., Self]
    """Say a text and what it rests on."""

    code: Callable[..., Self]
    """Run code, and tell its result."""

    urls: Callable[..., Self]
    """Read pages."""

    fault: Callable[..., Self]
    """Let something go wrong on the way to the client: ``fault(stall="2s")``."""

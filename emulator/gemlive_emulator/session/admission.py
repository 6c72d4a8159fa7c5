"""The door between the session core and the model families: what a family tells the core about one setup."""

from collections.abc import Awaitable, Callable
from math import inf

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.behaviour import Behaviour
from gemlive_emulator.session.commands import Happening
from gemlive_emulator.session.hearing import NOTHING_FOREKNOWN, Foreknown
from gemlive_emulator.session.steps import Responder
from gemlive_emulator.session.toolbox import EMPTY_TOOLBOX, Toolbox
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.setup import Setup


@dataclass(frozen=True, slots=True)
class Window:
    """The context window, and what becomes of a context that is too large for it.

    Attributes:
        tokens: that fit in.
        trigger: with more than so many tokens the context is compressed; ``None`` closes the session when it overflows.
        target: how many are left then.
    """

    tokens: float = inf
    trigger: int | None = None
    target: int = 0


WIDE = Window()
"""A window that nothing is too large for."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A setup that was let in.

    Attributes:
        model: the bare model id.
        modality: ``TEXT`` or ``AUDIO``.
        voice: the prebuilt voice's name; ``""`` in a text session.
        language: BCP-47, ``""`` if the client named none.
        max_output_tokens: of one turn; ``None`` for no limit.
        behaviour: how this family behaves in time; the core reads nothing else of a family.
        responder: who decides what the model says.
        judge: raises ``ClientFault`` for a later message that this family refuses whatever the session is doing.
        render: the dialect: what happened to wire messages, each one encoded JSON object (bytes, ASCII).
        foreknown: what is known beforehand of what the user will say aloud.
        proactive: whether the model may choose not to answer.
        haste: seconds of the session that pass while the client, by the clock of its microphone, sends one of sound.
        tools: what the setup declares.
        connection: the number of the connection at this emulator, from 1.
        window: how the context is kept small enough.
        notes: what was forgiven in the setup, for the log.
        setup: what counts in place of what the client sent, as something pins some of it; ``None`` for that.
        expires: seconds until the client's ephemeral token expires, which ends the connection; ``None`` for never.
        owner: whose the handles of the session are, as a fingerprint; ``""`` where anybody may resume with them.
    """

    model: str
    modality: str
    voice: str
    language: str
    max_output_tokens: int | None
    behaviour: Behaviour
    responder: Responder
    judge: Callable[[ClientMessage], None]
    render: Callable[[Happening], list[bytes]]
    foreknown: Foreknown = NOTHING_FOREKNOWN
    proactive: bool = False
    haste: float = 1.0
    tools: Toolbox = EMPTY_TOOLBOX
    connection: int = 1
    window: Window = WIDE
    notes: tuple[str, ...] = ()
    setup: Setup | None = None
    expires: float | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """The judgement rests on something that is not at hand.

    Attributes:
        judge: makes what gives the admission, or raises as :data:`Admit` does; called and awaited by the driver.
    """

    judge: Callable[[], Awaitable[Admission]]


Admit = Callable[[Setup], Admission | Later]
"""Judge a setup; raises :class:`~gemlive_emulator.wire.errors.ClientFault` to refuse it as the real server does."""

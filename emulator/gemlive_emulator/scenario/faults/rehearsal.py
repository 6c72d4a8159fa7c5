"""Failures that are more than a line can do: answers that go wrong, and sessions that are other than usual."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.faults.named import NamedFault
from gemlive_emulator.scenario.faults.watch import Fault, Told, Watch
from gemlive_emulator.scenario.playing import play
from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import Conversation, Reply, Responder, UserTurn


@dataclass(frozen=True, slots=True)
class Difference:
    """In what a session is other than usual.

    Attributes:
        fields: of the model family, by dotted name.
        model: as whose family every model is answered; ``None`` as asked for.
        token: what an ephemeral token says of the setup; nothing if it is empty.
    """

    fields: dict[str, Any]
    model: str | None = None
    token: Mapping[str, Any] = field(default_factory=dict)


def difference(faults: Iterable[Fault], connection: int, told: Told) -> Difference:
    """What these faults make of the session on the connection of this number."""
    found = Difference({})
    for fault in faults:
        form = fault.form
        if not isinstance(form, NamedFault) or not form.sets or not form.is_for(connection):
            continue
        # One that also does something later has struck only then.
        if form.mode.has_moment or Watch(fault, connection, told).strikes_once("setup 1"):
            mode = form.mode
            fields = found.fields | dict(mode.fields)
            found = replace(found, fields=fields, model=mode.model or found.model, token=mode.token or found.token)
    return found


class Rehearsal:
    """Answers the turns of one session as faults would have it, and all others as usual.

    Args:
        usual: who answers.
        faults: gives those of the session as they are now.
        connection: its number.
        told: hears of each strike.
    """

    def __init__(self, usual: Responder, faults: Callable[[], Iterable[Fault]], connection: int, told: Told) -> None:
        self._usual = usual
        self._faults = faults
        self._connection = connection
        self._told = told
        self._watches: dict[Fault, Watch] = {}
        self._over: set[Fault] = set()
        self._turn: UserTurn | None = None
        self._found: tuple[Sequence[StepForm], bool, str] | None = None

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        """The reply of the first fault that strikes at this turn, else the usual one."""
        if turn is not self._turn:  # a reply that interrupted itself is asked for once more
            self._turn, self._found = turn, self._strike(conversation.resumed)
        if self._found is None:
            return self._usual(turn, conversation)
        return self._reply(turn, conversation, *self._found)

    def _reply(
        self, turn: UserTurn, conversation: Conversation, steps: Sequence[StepForm], answers: bool, place: str
    ) -> Reply:
        yield from play(steps, Scene(turn, conversation, place=place), goes_on=answers)
        if answers:
            yield from self._usual(turn, conversation)

    def _strike(self, resumed: bool) -> tuple[Sequence[StepForm], bool, str] | None:
        found = None
        for fault in self._faults():
            form = fault.form
            if not isinstance(form, NamedFault) or not form.replies or not form.is_for(self._connection):
                continue
            if form.mode.resumed and not resumed:
                continue
            here = self._reply_of(fault, form)
            found = found or here
        return found

    def _reply_of(self, fault: Fault, form: NamedFault) -> tuple[Sequence[StepForm], bool, str] | None:
        place = f"the fault {form.title}"
        if self._watch(fault, form).takes_turn():
            self._over.add(fault)
            return form.steps, form.mode.answers, place
        if form.later_steps and fault in self._over:
            return form.later_steps, False, place
        return None

    def _watch(self, fault: Fault, form: NamedFault) -> Watch:
        if fault not in self._watches:
            timed = form.model_copy(update={"at": form.moment})
            self._watches[fault] = Watch(fault, self._connection, self._told, timed)
        return self._watches[fault]

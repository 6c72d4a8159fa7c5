"""Plays the steps of a reply, one after the other, and waits for what functions return where a step needs it.

A call is made at once. Its result is waited for at the first step that takes something from it, at ``await``, or at the
end of the reply; where the model cannot go on without the result, the session waits right there. With the result the
rest of the steps is played, once for each interim result as well, or the steps that stand in place of them.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.call_steps import AwaitStep, CallingStep
from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.references import Reference, SceneError, spoken
from gemlive_emulator.scenario.step_form import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.arguments import why_not_response
from gemlive_emulator.session.steps import Reply, Say, Silence, Step
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.wire.errors import EmulatorError

Results = tuple[ToolResult, ...]


def play(steps: Sequence[StepForm], scene: Scene, goes_on: bool = False) -> Reply:
    """The reply that these steps are, behind what an earlier reply left to be done first.

    Args:
        steps: of the reply.
        scene: what they are played for.
        goes_on: whether others follow: the reply does not end where nothing was said of what functions returned.

    Raises:
        EmulatorError: a step that cannot be played, naming its place: it calls a function that the client did not
            declare, or takes something that is not in a result.
    """
    yield from play_first(scene)
    yield from _Playing(scene, goes_on).whole(_Passage(steps, scene.place))


def play_first(scene: Scene) -> Reply:
    """What an earlier reply left to be done first: its steps for calls that the user's interruption cancelled."""
    first = scene.memory.first
    while first:
        yield from first.pop(0)(scene)


def behind_first(reply: Reply, scene: Scene) -> Reply:
    """A reply that no steps make, behind what an earlier one left to be done first."""
    return _in_turn(play_first(scene), reply) if scene.memory.first else reply


def _in_turn(*replies: Reply) -> Reply:
    for reply in replies:
        yield from reply


@dataclass(frozen=True, slots=True)
class _Passage:
    """Steps from one of them on."""

    steps: Sequence[StepForm]
    where: str
    at: int = 0

    @property
    def place(self) -> str:
        """Where its first step stands."""
        return f"{self.where}, step {self.at + 1}"

    @property
    def first(self) -> StepForm | None:
        """Its first step; ``None`` behind the last."""
        return self.steps[self.at] if self.at < len(self.steps) else None

    @property
    def after(self) -> "_Passage":
        """What follows its first step."""
        return replace(self, at=self.at + 1)


@dataclass(slots=True, eq=False)
class _Batch:
    """The calls of one message.

    Attributes:
        step: that made them.
        place: where it stands.
        called: the calls, in order.
        by_id: the same, once their ids are known.
    """

    step: CallingStep
    place: str
    called: tuple[Called, ...]
    by_id: dict[str, Called] = field(default_factory=dict)

    def has(self, called: Called | None) -> bool:
        """Whether this is one of them."""
        return any(one is called for one in self.called)

    def take(self, results: Results, memory: Memory) -> None:
        """Note what they returned."""
        for called, result in zip(self.called, results, strict=False):
            self.by_id.setdefault(result.id, called)
        for result in results:
            memory.take(self.by_id[result.id], result)

    def recall(self, memory: Memory) -> None:
        """Let another reply know these calls by their names."""
        memory.calls.update(zip((one.name for one in self.step.each), self.called, strict=True))
        memory.last = self.called[-1]

    def branch(self, steps: Sequence[StepForm], key: str) -> _Passage:
        """Steps that stand in place of those that would follow."""
        return _Passage(steps, f"{self.place}, {key}")


class _Playing:
    """One reply."""

    def __init__(self, scene: Scene, goes_on: bool = False) -> None:
        self._scene = scene
        self._goes_on = goes_on
        self._memory = scene.memory
        self._made: list[Called] = []
        self._open: list[_Batch] = []
        self._silent = False

    def whole(self, passage: _Passage) -> Reply:
        """Play the steps; when they are over or cut, nobody waits for their calls any more."""
        try:
            yield from self.run(passage)
        finally:
            for called in self._made:
                called.left = True

    def run(self, passage: _Passage) -> Reply:
        """Play the steps, and wait for the calls that are still open behind the last."""
        while (step := passage.first) is not None:
            batch = self._needed_by(step)
            if batch is not None:
                yield from self._await(batch, passage)
                return
            if isinstance(step, CallingStep):
                called = yield from self._call(step, passage)
                if called is not None:
                    yield from self._go_on(*called, passage.after)
                    return
            else:
                yield from self._play(step, passage)
            passage = passage.after
        if self._open:
            yield from self._await(self._open[0], passage)

    def _play(self, step: StepForm, passage: _Passage) -> Reply:
        self._silent = self._silent and not step.sends
        try:
            yield from step.play(self._scene)
        except SceneError as error:
            raise EmulatorError(f"{passage.place}: {error}") from None

    def _call(self, step: CallingStep, passage: _Passage) -> Generator[Step, Any, "tuple[_Batch, Results] | None"]:
        """Make the calls of a step; gives them with their results if those were waited for."""
        try:
            calls = tuple(one.made(self._scene) for one in step.each)
        except SceneError as error:
            raise EmulatorError(f"{passage.place}: {error}") from None
        batch = self._note(step, passage, calls)
        following = passage.after.first
        self._open.append(batch)
        waits = following is None or self._needed_by(following) is batch
        asked = CallTools(
            calls,
            wait=waits or "blocking",
            timeout=step.patience,
            checked=all(one.checked for one in step.each),
            late=None if step.if_late is None else partial(self._late, batch),
            cancelled=None if step.if_cancelled is None else partial(self._cancelled, batch),
        )
        try:
            given = yield asked
        except EmulatorError as error:  # the client has changed its tools since the turn began
            raise EmulatorError(f"{passage.place}: {error}") from None
        if isinstance(given[0], ToolResult):
            self._open.remove(batch)
            return batch, given
        batch.by_id = dict(zip(given, batch.called, strict=True))
        return None

    def _note(self, step: CallingStep, passage: _Passage, calls: tuple[ToolCall, ...]) -> _Batch:
        """Remember the calls."""
        before, since = next(reversed(self._scene.conversation.history), None), self._memory.since
        called = tuple(Called(call.name, call.args, before=before, since=since) for call in calls)
        batch = _Batch(step, passage.place, called)
        self._made += called
        for one, made in zip(step.each, called, strict=True):
            self._memory.note(one.name, made)
        return batch

    def _needed_by(self, step: StepForm) -> _Batch | None:
        """The open calls that a step cannot be played without; of several the first."""
        if not self._open:
            return None
        if isinstance(step, AwaitStep):
            wanted = [self._memory.calls.get(step.name)] if step.name else list(self._open[0].called)
        else:
            wanted = [reference.meant(self._memory) for reference in step.references if reference.part == "result"]
        return next((batch for called in wanted for batch in self._open if batch.has(called)), None)

    def _await(self, batch: _Batch, passage: _Passage) -> Reply:
        self._open.remove(batch)
        results = yield AwaitResults(tuple(batch.by_id), batch.step.patience)
        yield from self._go_on(batch, results, passage)

    def _go_on(self, batch: _Batch, results: Results, passage: _Passage) -> Reply:
        """Play the rest with what was returned, and again for each interim result."""
        while True:
            batch.take(results, self._memory)
            self._silent = True
            yield from self._follow(batch, passage)
            continuing = tuple(result.id for result in results if result.continues)
            if not continuing:
                break
            results = yield AwaitResults(continuing, batch.step.patience)
        if self._silent and not self._goes_on:
            self._silent = False
            yield Silence()

    def _follow(self, batch: _Batch, passage: _Passage) -> Reply:
        branch = self._branch(batch, passage)
        if branch is not None:
            yield from self.run(branch)
            return
        failed = next((one for one in batch.called if one.result and one.result.error is not None), None)
        if failed is not None and failed.result is not None and self._unfit(batch, passage) is not None:
            self._silent = False
            yield Say(f"The function {failed.name} failed: {spoken(failed.result.error)}")
            return
        yield from self.run(passage)

    def _branch(self, batch: _Batch, passage: _Passage) -> _Passage | None:
        """The steps in place of the rest; ``None`` if the rest is to be played."""
        step = batch.step
        for called in batch.called:
            key, steps = _branch_for(step, called)
            if steps is not None:
                self._memory.last = called
                return batch.branch(steps, key)
        if step.if_malformed is not None:
            unfit = self._unfit(batch, passage) or self._undeclared(batch)
            if unfit is not None:
                self._memory.last = unfit
                return batch.branch(step.if_malformed, "if_malformed")
        return None

    def _unfit(self, batch: _Batch, passage: _Passage) -> Called | None:
        """The first call whose result has not all that is taken from it later."""
        taken = self._taken(batch, passage)
        return next((called for reference, called in taken if reference.why_not(called) is not None), None)

    def _undeclared(self, batch: _Batch) -> Called | None:
        """The first call whose result is not as its function declares."""
        declared = self._scene.conversation.tools.functions
        for called in batch.called:
            function, result = declared.get(called.name), called.result
            if function is not None and result is not None and why_not_response(function, result.response) is not None:
                return called
        return None

    def _taken(self, batch: _Batch, passage: _Passage) -> Iterator[tuple[Reference, Called]]:
        """What later steps take from the results of these calls, as long as the same name means the same call."""
        renamed: set[str] = set()
        for step in passage.steps[passage.at :]:
            for reference in step.references:
                called = reference.meant(self._memory)
                if reference.part == "result" and reference.call not in renamed and called and batch.has(called):
                    yield reference, called
            if isinstance(step, CallingStep):
                renamed.update(["", *(one.name for one in step.each)])

    def _late(self, batch: _Batch, result: ToolResult) -> Reply:
        """The reply to a result for which nobody waits any more."""
        called = next(one for one in batch.called if one.name == result.name)
        memory = self._memory.for_reply()
        memory.last, called.result = called, result
        scene = replace(self._scene, memory=memory)
        return _Playing(scene).whole(batch.branch(batch.step.if_late or (), "if_late"))

    def _cancelled(self, batch: _Batch, ids: tuple[str, ...]) -> None:
        """An interruption cancelled the calls: the next reply begins with the steps for that."""
        self._memory.first.append(partial(_after_cancelling, batch, self._scene.words))


def _after_cancelling(batch: _Batch, words: Mapping[str, str], scene: Scene) -> Reply:
    batch.recall(scene.memory)
    yield from _Playing(replace(scene, words=words)).whole(batch.branch(batch.step.if_cancelled or (), "if_cancelled"))


def _branch_for(step: CallingStep, called: Called) -> tuple[str, Sequence[StepForm] | None]:
    """The key of the steps for what became of a call, and those steps if there are any."""
    result = called.result
    assert result is not None
    if result.end == "given up":
        return "if_missing", None if step.if_missing is None else step.if_missing.then
    if result.end == "cancelled":
        return "if_cancelled", step.if_cancelled or ()
    return "if_error", None if result.error is None else step.if_error

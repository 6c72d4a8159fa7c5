"""The built-in responder's calls of the functions that the client declared."""

from collections.abc import Iterable, Sequence

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.asked import Asked, formed
from gemlive_emulator.scenario.filling import arguments
from gemlive_emulator.scenario.fitting import Fit, fitting
from gemlive_emulator.scenario.recall import Summary
from gemlive_emulator.scenario.results import spoken
from gemlive_emulator.scenario.returned import untold
from gemlive_emulator.session.steps import Reply, Say
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Wish:
    """What a turn asks functions for.

    Attributes:
        calls: in the order of the words.
        known: what is said of functions whose last result was never told.
    """

    calls: tuple[ToolCall, ...]
    known: str

    def __bool__(self) -> bool:
        return bool(self.calls or self.known)


def wish_of(asked: Asked, only_sure: bool) -> Wish:
    """The calls that a turn asks for, with arguments that always are what was declared.

    Args:
        asked: the turn.
        only_sure: whether it has to be sure that they are asked for.
    """
    fits = fitting(asked.conversation.tools.functions, asked.text)
    calls: list[ToolCall] = []
    known: list[str] = []
    for fit in fits:
        if only_sure and not fit.sure:
            continue
        if told := untold(asked, fit.name):
            known.append(told)
        elif (call := _call(fit, asked)) is not None and call not in calls:
            calls.append(call)
    return Wish(tuple(calls), " ".join(known))


def grant(wish: Wish, asked: Asked) -> Reply:
    """Call, and say what came of it; interim results are said as they come, silent ones are not."""
    modality = asked.conversation.modality
    if wish.known:
        yield Say(formed(wish.known, modality))
    if not wish.calls:
        return
    results: Sequence[ToolResult] = yield CallTools(wish.calls)
    while results:
        if told := spoken(_to_tell(results)):
            yield Say(formed(told, modality))
        waiting = tuple(result.id for result in results if result.continues)
        results = (yield AwaitResults(waiting)) if waiting else ()


def _to_tell(results: Iterable[ToolResult]) -> list[ToolResult]:
    """Those that are to be spoken of: an interim result may be empty, and a cancelled one is nobody's wish any more."""
    heard = (result for result in results if result.scheduling != "SILENT" and result.end != "cancelled")
    return [result for result in heard if result.response or not result.continues]


def _call(fit: Fit, asked: Asked) -> ToolCall | None:
    args = arguments(fit.function, fit.text, lambda: Summary().answer(asked))
    return None if args is None else ToolCall(fit.name, args)

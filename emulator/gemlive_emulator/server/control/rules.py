"""Operations on rules, scripts and fixed words, which go before the scenario."""

from typing import TYPE_CHECKING, Any

from pydantic import Field
from starlette.requests import Request

from gemlive_emulator.server.control.operations import Operation, Shape, examples
from gemlive_emulator.server.control.refused import Refused
from gemlive_emulator.server.control.written import off_loop
from gemlive_emulator.server.emulator import Emulator

if TYPE_CHECKING:
    from gemlive_emulator.scenario.fluent import Answer, Rules, Script

_RULE = {"when": {"text": "weather"}, "then": [{"say": "It is raining."}]}
_EXCHANGE = {"expect": {"text": "Hello"}, "reply": [{"say": "Hello there!"}]}


class RulesGiven(Shape):
    """Rules as a scenario file has them; they go behind those that were there, and before the scenario."""

    model_config = examples({"rules": [_RULE]}, {"otherwise": [{"say": "Pardon?"}]})

    rules: list[Any] | None = None
    """Each a mapping of `when` and `then`."""
    otherwise: list[Any] | None = None
    """The steps where no rule fits, in place of earlier ones and of the scenario."""


class ScriptGiven(Shape):
    """A script as a scenario file has it, for sessions that begin later."""

    model_config = examples({"script": [_EXCHANGE]}, {"for": {"connection": 2}, "script": [_EXCHANGE]})

    script: list[Any]
    """Exchanges: mappings of `expect` and `reply`."""
    callers: dict[str, Any] | None = Field(default=None, alias="for")
    """For which connections it is; all if missing."""


class RuleTold(Shape):
    """A rule, and how often it has answered."""

    place: str
    """Where it was written: a request, or file and line of a test."""
    when: str | None
    """What a turn must be like, in words; null for `otherwise`."""
    answered: int
    """How many turns."""


class ScriptTold(Shape):
    """A script."""

    place: str
    """Where it was written."""
    begun: int
    """How many sessions have begun it."""


class RulesTold(Shape):
    """All rules and scripts of the test, in their order; `otherwise` is the last rule."""

    rules: tuple[RuleTold, ...]
    scripts: tuple[ScriptTold, ...]


class Utterance(Shape):
    """What the user says aloud."""

    model_config = examples({"text": "What is the weather like?"})

    text: str
    """The words."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator's rules."""

    async def add(body: Shape, name: str) -> RulesTold:
        rules = await rules_of(emulator)

        def take() -> None:
            from gemlive_emulator.scenario.given import Given

            rules.add(body.model_dump(exclude_none=True), Given(name))

        await off_loop(take)
        return _told(rules)

    async def show(request: Request, body: None) -> RulesTold:
        return _told(await rules_of(emulator))

    async def add_rules(request: Request, body: RulesGiven) -> RulesTold:
        return await add(body, "POST /rules")

    async def add_script(request: Request, body: ScriptGiven) -> RulesTold:
        return await add(body, "POST /scripts")

    async def user_says(request: Request, body: Utterance) -> Utterance:
        try:
            emulator.user_says(body.text)
        except ValueError:
            raise Refused(400, "text: there are no words in it", "give the words that the user says next") from None
        return body

    return (
        Operation(
            name="listRules",
            method="GET",
            path="/rules",
            summary="Tell the rules and scripts of the test, and how often each has answered",
            handle=show,
            answer=RulesTold,
        ),
        Operation(
            name="addRules",
            method="POST",
            path="/rules",
            summary="Answer turns that come later by these rules, in all sessions",
            handle=add_rules,
            answer=RulesTold,
            body=RulesGiven,
        ),
        Operation(
            name="addScript",
            method="POST",
            path="/scripts",
            summary="Hold sessions that begin later to this script",
            handle=add_script,
            answer=RulesTold,
            body=ScriptGiven,
        ),
        Operation(
            name="fixUtterance",
            method="POST",
            path="/user-says",
            summary="Fix the words of the next speech that is heard in any session; several queue up",
            handle=user_says,
            answer=Utterance,
            body=Utterance,
        ),
    )


async def rules_of(emulator: Emulator) -> "Rules":
    """The rules of the test. Their module is loaded in a thread; they are made on the loop, and so only once."""

    def load() -> None:
        import gemlive_emulator.scenario.fluent  # noqa: F401 -- takes most of a second

    await off_loop(load)
    return emulator.rules


def _told(rules: "Rules") -> RulesTold:
    return RulesTold(rules=tuple(map(_rule, rules.answers)), scripts=tuple(map(_script, rules.scripts)))


def _rule(answer: "Answer") -> RuleTold:
    from gemlive_emulator.scenario.conditions import Contains
    from gemlive_emulator.scenario.rules import condition_of

    when = None if answer.when is None else condition_of(answer.when, Contains).told
    return RuleTold(place=str(answer.place), when=when, answered=answer.answered)


def _script(script: "Script") -> ScriptTold:
    return ScriptTold(place=str(script.place), begun=script.begun)

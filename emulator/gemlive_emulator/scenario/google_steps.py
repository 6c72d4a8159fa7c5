"""Steps for Google's own tools: a search, what an answer rests on, code and its result, pages that are read."""

from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.fields import Count, Filled, ScenarioPart, Text, fault, is_list, one_of
from gemlive_emulator.scenario.grounding import source, suggestions, support
from gemlive_emulator.scenario.step_form import StepForm, short_for
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    Grounded,
    Outcome,
    Retrieval,
    Searched,
    Source,
    Support,
    UrlsRead,
)
from gemlive_emulator.session.steps import Reply, Say, Tell
from gemlive_emulator.wire.errors import EmulatorError


def _listed(value: Any) -> Any:
    return is_list(value) if isinstance(value, list) else [value]


Fills = Annotated[tuple[Filled, ...], BeforeValidator(_listed)]
"""A text with placeholders, or a list of them."""


class SearchStep(StepForm):
    """``search: WORDS`` looks words up on Google Search, as far as the family shows that; a list for several searches.

    What an answer rests on is another step, ``ground``.
    """

    search: Fills

    def play(self, scene: Scene) -> Reply:
        """Search."""
        yield Tell((Searched(tuple(query.fill(scene) for query in self.search)),))


class SourceForm(ScenarioPart):
    """A page: its address, and a title; without one it has the name of its site."""

    uri: Filled
    title: Filled | None = None

    def filled(self, scene: Scene) -> Source:
        """The page with its placeholders filled."""
        return source(self.uri.fill(scene), "" if self.title is None else self.title.fill(scene))


class SupportForm(ScenarioPart):
    """A piece of the text, and the numbers of the sources that it rests on, from 1."""

    text: Filled
    sources: Annotated[tuple[Count, ...], BeforeValidator(_listed)]


class GroundForm(ScenarioPart):
    """What an answer rests on. ``text`` is said first; ``supports`` are pieces of it."""

    text: Filled | None = None
    queries: Fills = ()
    sources: Annotated[tuple[Annotated[SourceForm, short_for("uri")], ...], BeforeValidator(_listed)] = ()
    supports: Annotated[tuple[SupportForm, ...], BeforeValidator(_listed)] = ()
    html: Filled | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "GroundForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an answer that rests on nothing", self.advice())
        if self.supports and self.text is None:
            raise fault("missing-key", "there is no text that has these pieces", "write text beside them", "supports")
        for number in (number for one in self.supports for number in one.sources):
            if not 1 <= number <= len(self.sources):
                right = f"number the sources from 1 to {len(self.sources)}"
                raise fault("wrong-value", f"there is no source {number}", right, "supports")
        return self

    def grounded(self, answer: str, scene: Scene) -> Grounded:
        """What goes out behind the answer."""
        queries = tuple(query.fill(scene) for query in self.queries)
        return Grounded(
            queries,
            tuple(form.filled(scene) for form in self.sources),
            tuple(_support(form, answer, scene) for form in self.supports),
            suggestions(queries) if self.html is None else self.html.fill(scene),
        )


def _support(form: SupportForm, answer: str, scene: Scene) -> Support:
    piece = form.text.fill(scene)
    found = support(answer, piece, [number - 1 for number in form.sources])
    if found is None:
        right = "a support is a piece of the text of its step, word for word"
        raise EmulatorError(f"step 'ground': {shown(piece)} does not occur in {shown(answer)}; {right}")
    return found


class GroundStep(StepForm):
    """``ground: {text: TEXT, queries: […], sources: [URL, …]}`` says a text and what it rests on."""

    ground: GroundForm

    def play(self, scene: Scene) -> Reply:
        """Say the text, if there is one, and tell what it rests on."""
        answer = "" if self.ground.text is None else self.ground.text.fill(scene)
        if answer:
            yield Say(answer)
        yield Tell((self.ground.grounded(answer, scene),))


class CodeForm(ScenarioPart):
    """Code, and what came of it. ``run`` is Python as it stands: braces are braces."""

    run: Text | None = None
    output: Filled | None = None
    outcome: Annotated[Outcome, BeforeValidator(one_of(("OK", "FAILED", "DEADLINE_EXCEEDED")))] = "OK"

    @model_validator(mode="after")
    def _does_something(self) -> "CodeForm":
        if not self.model_fields_set:
            raise fault("missing-key", "there is no code and no result", self.advice())
        return self


class CodeStep(StepForm):
    """``code: {run: CODE, output: TEXT}`` is code that the model runs, and its result; ``code: CODE`` has none.

    Without ``run`` the result comes alone. ``outcome`` is OK, FAILED or DEADLINE_EXCEEDED.
    """

    code: Annotated[CodeForm, short_for("run")]

    def play(self, scene: Scene) -> Reply:
        """Write the code, and tell its result."""
        code = self.code
        if code.run is not None:
            yield Tell((CodeWritten(code.run),))
        if code.model_fields_set & {"output", "outcome"}:
            yield Tell((CodeRan("" if code.output is None else code.output.fill(scene), code.outcome),))


class PageForm(ScenarioPart):
    """A page that is read, and how that goes."""

    url: Filled
    status: Annotated[Retrieval, BeforeValidator(one_of(("SUCCESS", "ERROR", "PAYWALL", "UNSAFE")))] = "SUCCESS"


class UrlsStep(StepForm):
    """``urls: [URL, {url: URL, status: PAYWALL}]`` reads pages. ``status`` is SUCCESS, ERROR, PAYWALL or UNSAFE."""

    urls: Annotated[tuple[Annotated[PageForm, short_for("url")], ...], BeforeValidator(_listed)]

    def play(self, scene: Scene) -> Reply:
        """Read them."""
        pages: tuple[tuple[str, Retrieval], ...] = tuple((page.url.fill(scene), page.status) for page in self.urls)
        yield Tell((Browsed(tuple(url for url, _ in pages)), UrlsRead(pages)))

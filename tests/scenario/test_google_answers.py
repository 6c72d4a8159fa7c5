"""What the built-in responder does with Google's tools, and when it leaves them alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk

from gemlive_emulator.scenario.google_answers import query_of, retrieval, urls_in
from gemlive_emulator.scenario.grounding import source, suggestions, support
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    Grounded,
    Searched,
    Source,
    Support,
    UrlsRead,
)
from gemlive_emulator.session.steps import Say, Step, Tell
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.wire.tools import Tool

ALL = ("google_search", "code_execution", "url_context")


def talk(*tools: str, modality: str = "TEXT") -> Talk:
    return Talk(modality=modality, tools=Toolbox.of([Tool(**{tool: {}}) for tool in tools]))


def said(steps: list[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Say))


def told(steps: list[Step], kind: type) -> Any:
    (found,) = [one for step in steps if isinstance(step, Tell) for one in step.happenings if isinstance(one, kind)]
    return found


def test_a_question_about_the_weather_is_searched_for():
    steps = talk("google_search").steps("What is the current weather in Toronto, Canada?")
    search, say, ground = steps
    assert search == Tell((Searched(("current weather in Toronto, Canada",)),))
    assert isinstance(say, Say)
    assert say.text.startswith("According to a search, it is ")
    assert " degrees Celsius and " in say.text
    assert " in Toronto, Canada [1, 2]. " in say.text
    assert say.text.endswith("made up.\n")
    assert isinstance(ground, Tell)
    grounded = told(steps, Grounded)
    assert grounded.queries == ("current weather in Toronto, Canada",)
    assert [one.title for one in grounded.sources] == ["weather.example", "forecast.example"]
    assert all(one.uri.startswith("https://grounding.example/redirect/") for one in grounded.sources)
    assert len({one.uri for one in grounded.sources}) == 2
    assert "current weather in Toronto, Canada</a>" in grounded.suggestions


def test_in_writing_a_support_is_a_piece_of_the_answer():
    steps = talk("google_search").steps("Who won the cup in São Paulo?")
    (piece,) = told(steps, Grounded).supports
    assert said(steps).encode()[piece.start : piece.end].decode() == piece.text
    assert piece.text.endswith("[1, 2].")
    assert piece.sources == (0, 1)


def test_aloud_there_are_neither_marks_nor_supports():
    steps = talk("google_search", modality="AUDIO").steps("What's the latest news?")
    assert told(steps, Grounded).supports == ()
    assert told(steps, Grounded).sources
    assert "[" not in said(steps)
    assert said(steps).startswith('I searched for "latest news".')


def test_the_same_question_gets_the_same_answer_and_another_another():
    ask = talk("google_search").steps
    assert ask("What is the weather in Oslo?") == ask("What is the weather in Oslo?")
    assert said(ask("What is the weather in Oslo?")) != said(ask("What is the weather in Rome?"))


@pytest.mark.parametrize(
    "words",
    [
        "Hello",
        "What is the capital of Brazil?",
        "Remember the number 42 today",
        "Please repeat: the latest news",
        "what was the last question I asked?",
        "Tell me a story",
        "I like turtles.",
        ".",
        "What " + "x" * 400 + "?",
    ],
)
def test_what_is_known_by_heart_and_what_is_no_question_is_not_searched_for(words: str):
    assert talk(*ALL).steps(words) == Talk().steps(words)


@pytest.mark.parametrize(
    "words", ["Search for a joke about cheese", "search the news", "Is it raining?", "weather please", "Who is Ada?"]
)
def test_an_order_and_a_question_are(words: str):
    assert told(talk("google_search").steps(words), Searched).queries


@pytest.mark.parametrize("words", ["What is 3 + 4?", "Read https://example.com", "What is the weather in Rome?"])
def test_without_the_tool_nothing_of_it_is_done(words: str):
    others = {"What is 3 + 4?": "url_context", "Read https://example.com": "code_execution"}
    assert talk(others.get(words, "url_context")).steps(words) == Talk().steps(words)


def test_a_sum_is_computed_by_code():
    steps = talk(*ALL).steps("What is the sum of the first 50 primes?")
    assert "is_prime" in told(steps, CodeWritten).code
    assert told(steps, CodeRan) == CodeRan("5117\n", "OK")
    assert said(steps) == "The sum of the first 50 prime numbers is 5117.\n"


def test_code_that_nobody_can_make_out_says_hello():
    steps = talk("code_execution").steps("Can you write some code for me?")
    assert told(steps, CodeRan).output == "Hello from Python\n"
    assert "Hello from Python" in said(steps)


def test_pages_are_read_and_their_names_say_how_that_goes():
    words = (
        "Compare https://example.com/a, (http://shop.example/paywall/1) https://x.unsafe.example and "
        "https://gone.invalid/x. And https://example.com/a!"
    )
    steps = talk(*ALL).steps(words)
    pages = (
        ("https://example.com/a", "SUCCESS"),
        ("http://shop.example/paywall/1", "PAYWALL"),
        ("https://x.unsafe.example", "UNSAFE"),
        ("https://gone.invalid/x", "ERROR"),
    )
    assert told(steps, Browsed).urls == tuple(url for url, _ in pages)
    assert told(steps, UrlsRead).pages == pages
    assert said(steps).startswith(
        "I have read the page at example.com. The page at shop.example is behind a paywall. "
        "The page at x.unsafe.example is not safe to open. I could not open the page at gone.invalid."
    )


def test_no_more_pages_are_read_than_documented():
    # A text of so many addresses is too long for anything but an echo, so the addresses are short.
    assert len(urls_in(" ".join(f"http://{number}.test" for number in range(30)))) == 20
    assert urls_in("http://[::1 and https:// and ftp://example.com") == ()


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("What is the current weather in Toronto, Canada?", "current weather in Toronto, Canada"),
        ("Can you please search for  the latest\nnews?", "the latest news"),
        ("Tell me about Ada Lovelace", "Ada Lovelace"),
        ("Use Google Search to look up 'Brazil vs. Argentina'!", "Brazil vs. Argentina"),
        ("search for ?", "search for ?"),
        ("who won", "who won"),
    ],
)
def test_a_query_is_the_question_without_the_asking(words: str, query: str):
    assert query_of(words) == query


@given(st.text(max_size=300), st.sampled_from(["TEXT", "AUDIO"]))
def test_every_turn_is_answered_whatever_the_words(words: str, modality: str):
    steps = talk(*ALL, modality=modality).steps(words)
    assert said(steps)
    for step in steps:
        for one in step.happenings if isinstance(step, Tell) else ():
            for piece in one.supports if isinstance(one, Grounded) else ():
                assert said(steps).encode()[piece.start : piece.end].decode() == piece.text


def test_html_is_safe_to_show():
    shown = suggestions(['<script>alert("x")</script>', "a & b"])
    assert "<script>" not in shown
    assert "a &amp; b</a>" in shown
    assert 'href="https://search.example/search?q=a+%26+b"' in shown
    assert suggestions([]) == ""


def test_a_source_has_the_name_of_its_site():
    assert source("https://www.example.com/a?b") == Source(
        "https://www.example.com/a?b", "www.example.com", "www.example.com"
    )
    assert source("https://example.com/a", "A page") == Source("https://example.com/a", "A page", "example.com")
    assert source("nothing") == Source("nothing", "nothing", "")


def test_a_support_counts_bytes():
    assert support("Ça va? Ça va.", "Ça va.", [1]) == Support("Ça va.", 8, (1,))
    assert support("Ça va?", "no", [1]) is None


def test_how_a_page_is_read_does_not_depend_on_case():
    assert retrieval("https://example.com/PAYWALL") == "PAYWALL"

"""The built-in responder: what the model says where no scenario says anything.

It answers as the recorded examples do, calls the functions that a turn asks for, remembers and recalls, sums up, and
echoes the rest; where it is to speak only of one topic, and may be silent, it is. Same turn, same conversation, same
answer. An ordinary turn never looks at the history; recall looks back a bounded way.
"""

from functools import lru_cache

from gemlive_emulator.scenario.asked import Asked, Behaviour, formed
from gemlive_emulator.scenario.phrases import (
    Attachments,
    Capital,
    Counting,
    Echo,
    Greeting,
    Joke,
    Nudge,
    Repetition,
    Topic,
    Unheard,
    topics,
)
from gemlive_emulator.scenario.proactive import why_silent
from gemlive_emulator.scenario.recall import (
    EarlierQuestion,
    LongSummary,
    Recalled,
    Summary,
    Told,
    name_in,
    note_in,
    number_in,
)
from gemlive_emulator.scenario.returned import ReturnedBefore
from gemlive_emulator.session.hearing import Words, seconds_of
from gemlive_emulator.session.steps import Conversation, Reply, Responder, Said, Say, Silence, UserTurn

GREETINGS = ("hello", "hi", "hey", "good morning", "good afternoon", "good evening", "greetings")
"""A short turn that begins so is greeted."""

BEHAVIOURS: tuple[Behaviour, ...] = (
    Unheard(),
    Attachments(),
    Nudge(),
    Greeting(("say a short greeting", "say a greeting", "greet me", "say hi to me"), most_words=6),
    Repetition(),
    EarlierQuestion("last", ("last question", "previous question", "did i just ask", "did i ask last")),
    EarlierQuestion("first", ("first question",)),
    ReturnedBefore(),
    Recalled("number", ("number", "numbers"), number_in, "The number is {}."),
    Recalled("name", ("my name", "who am i"), name_in, "Your name is {}."),
    Recalled("thing to remember", ("i ask you to remember", "i tell you to remember", "you remember"), note_in, "{}."),
    Told("name", name_in, "Nice to meet you, {}! How can I help you today?", frozenset({"my", "i", "please", "call"})),
    Told("number", number_in, "I will remember the number {}.", frozenset({"remember", "number"})),
    Told("note", note_in, "I will remember that: {}.", frozenset({"remember"})),
    LongSummary(),
    Summary(),
    Capital(),
    Joke(),
    Counting(),
    *topics(),
    Greeting(GREETINGS),
    Echo(),
)
"""What it can do; the first that has something to say is taken, and the last always has."""


_ALWAYS_FIRST = (Unheard, Attachments, Nudge, Repetition, EarlierQuestion, ReturnedBefore)
"""No function is called where one of these has something to say."""


def respond_with(*, calls_functions: bool) -> Responder:
    """The built-in responder.

    Args:
        calls_functions: whether it calls the functions that a client declared when a turn asks for them.
    """

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        """The built-in reply to a turn."""
        asked = Asked.of(turn, conversation)
        if why_silent(asked) is not None:
            yield Silence()
            return
        asked = _unanswered(asked)
        behaviour = choose(asked)
        if calls_functions and conversation.tools.functions and (calling := _calling(asked, behaviour)) is not None:
            yield from calling
            return
        if conversation.tools.google and (found := _with_google(asked, behaviour)) is not None:
            yield from found
            return
        yield Say(formed(behaviour.answer(asked), conversation.modality))

    return respond


respond = respond_with(calls_functions=True)
"""The built-in responder that can do all that it can."""


def _unanswered(asked: Asked) -> Asked:
    """The turn; or if it has no words, what the user said last, if that is unanswered."""
    history = asked.conversation.history
    if asked.is_nudge and not asked.turn.other_parts and history and history[-1].role == "user":
        return Asked.of(_said_again(history[-1], asked.turn), asked.conversation)
    return asked


def _calling(asked: Asked, behaviour: Behaviour) -> Reply | None:
    """The reply that calls functions, if the turn asks for some and the answer of its own gives way to that."""
    if isinstance(behaviour, _ALWAYS_FIRST):
        return None
    # Only sessions with functions pay for it: what it knows of words takes as long to load as all the rest.
    from gemlive_emulator.scenario.calling import grant, wish_of

    wish = wish_of(asked, only_sure=not _knows_nothing(behaviour))
    if not wish or (isinstance(behaviour, Recalled) and behaviour.told(asked)):
        return None
    return grant(wish, asked)


def _with_google(asked: Asked, behaviour: Behaviour) -> Reply | None:
    """The reply that one of Google's tools is used for, if the turn asks for one."""
    # Only sessions with such tools pay for loading it.
    from gemlive_emulator.scenario.google_answers import google_reply

    return google_reply(asked, by_heart=not _looks_up(behaviour))


def _knows_nothing(behaviour: Behaviour) -> bool:
    """Whether it has nothing to say that a function would not say better."""
    if isinstance(behaviour, Topic):
        return behaviour.name in ("weather", "time")
    return isinstance(behaviour, Echo | Capital | Counting | Summary)


def _looks_up(behaviour: Behaviour) -> bool:
    """Whether a search betters what this has to say."""
    return isinstance(behaviour, Echo) or (isinstance(behaviour, Topic) and behaviour.name == "weather")


def _said_again(last: Said, turn: UserTurn) -> UserTurn:
    """What the user said last, as if it were this turn."""
    if last.modality != "AUDIO":
        return UserTurn(last.text, turn.number, turn.source)
    heard = Words(last.text, "placeholder")
    return UserTurn(last.text, turn.number, "speech", heard=heard, speech_seconds=seconds_of(last.text))


def choose(asked: Asked) -> Behaviour:
    """The first behaviour that has something to say; only those are asked whose cues are in the turn."""
    *candidates, last = _candidates(asked.words)
    for behaviour in candidates:
        if behaviour.why_not(asked) is None:
            return behaviour
    return last


@lru_cache(maxsize=256)
def _candidates(words: str) -> tuple[Behaviour, ...]:
    """Those whose cues are among the words of a turn, which are never many, and those without."""
    found = set(_WITHOUT_CUE)
    for word in words.split():
        found.update(_BY_CUE.get(word, ()))
    return tuple(BEHAVIOURS[at] for at in sorted(found))


_WITHOUT_CUE = [at for at, behaviour in enumerate(BEHAVIOURS) if not behaviour.cues]
_BY_CUE = {
    cue: [at for at, behaviour in enumerate(BEHAVIOURS) if cue in behaviour.cues]
    for cue in frozenset().union(*(behaviour.cues for behaviour in BEHAVIOURS))
}

"""What the built-in responder answers to phrases, without looking back."""

import re
from collections.abc import Sequence

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario import answers
from gemlive_emulator.scenario.asked import (
    LONGEST_ECHO,
    LONGEST_INSTRUCTION,
    Asked,
    counted,
    first_words,
    spoken_for,
)

_SAY = re.compile(
    r"\s{0,9}(?:please\s{1,9})?(?:say|repeat after me|repeat|echo)\b(?!\s+(?:that again|it again|that))[\s:,]*(\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = "\"'“”‘’«»"  # noqa: RUF001 - all of them are typed
_COUNT = re.compile(r"\bcount\b.{0,40}?\bto \d{1,3}\b")
_COUNTED_TO = re.compile(r"\bto (\d{1,3})\b")
_MOST_COUNTED = 200
_DESCRIBE = re.compile(
    r"\bdescribe\s{1,9}([^.!?\n]{1,80}?)(?:,? (?:that |which )?you (?:can )?see)?(?:[.!?\n]|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Any of these phrases gets this answer."""

    name: str
    phrases: tuple[str, ...]
    reply: str

    @property
    def cues(self) -> frozenset[str]:
        """See :class:`~gemlive_emulator.scenario.asked.Behaviour`."""
        return first_words(self.phrases)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.has(*self.phrases) else f"has none of the phrases of {self.name}"

    def answer(self, asked: Asked) -> str:
        """The answer, with the model's name where it belongs."""
        return self.reply.replace("{model}", asked.conversation.model)


@dataclass(frozen=True, slots=True)
class Greeting:
    """A short turn that begins with a greeting."""

    phrases: tuple[str, ...]
    most_words: int = 4

    @property
    def cues(self) -> frozenset[str]:
        """See :class:`~gemlive_emulator.scenario.asked.Behaviour`."""
        return first_words(self.phrases)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        if not asked.begins(*self.phrases):
            return "does not begin with a greeting"
        return None if asked.words.count(" ") <= self.most_words + 1 else "is more than a greeting"

    def answer(self, asked: Asked) -> str:
        """A greeting."""
        return answers.GREETING


class Capital:
    """The capital of a country."""

    cues = frozenset({"capital"})

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.has("capital of", "capital city of") else "asks for no capital"

    def answer(self, asked: Asked) -> str:
        """The capital (recorded form), or that it is not known."""
        country = asked.words.rpartition(" of ")[2].strip().removeprefix("the ").removesuffix(" please")
        if country not in answers.CAPITALS:
            return "I only know the capitals of a few dozen countries, and that one is not among them."
        name, capital = answers.CAPITALS[country]
        return f"The capital of {name} is **{capital}**{'' if capital.endswith('.') else '.'}"


class Joke:
    """A joke; another one in another turn."""

    phrases = ("joke", "jokes", "make me laugh")
    cues = first_words(phrases)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.has(*self.phrases) else "asks for no joke"

    def answer(self, asked: Asked) -> str:
        """The joke about rabbits if it is to be about them, else the turn's own."""
        if asked.has("rabbit", "rabbits"):
            return answers.RABBIT_JOKE
        return answers.JOKES[asked.turn.number % len(answers.JOKES)]


class Counting:
    """Counts aloud: a reply as long as one likes."""

    cues = frozenset({"count"})

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if _COUNT.search(asked.words) else "does not ask to count"

    def answer(self, asked: Asked) -> str:
        """Numbers from 1."""
        wanted = _COUNTED_TO.findall(asked.words)[-1]
        return ", ".join(str(number) for number in range(1, min(int(wanted), _MOST_COUNTED) + 1)) + "."


class Repetition:
    """Says what it is told to say, word for word."""

    cues: frozenset[str] = frozenset()

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if _SAY.match(asked.text) else "does not begin with say, repeat or echo"

    def answer(self, asked: Asked) -> str:
        """The words, without the quotes around them."""
        found = _SAY.match(asked.text)
        words = found[1].strip() if found else ""
        return words.strip(_QUOTES)[:LONGEST_ECHO] or words[:LONGEST_ECHO]


class Unheard:
    """Speech of which nobody knows a word."""

    cues: frozenset[str] = frozenset()

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.is_unknown else "its words are known, or nobody spoke"

    def answer(self, asked: Asked) -> str:
        """How long the speech was, and that this is all that is known."""
        beside = f" and received {counted(asked.turn)}" if asked.turn.other_parts else ""
        length = spoken_for(asked.turn.speech_seconds)
        return f"I heard you speak for {length}{beside}, but nobody told me what you said."


class Attachments:
    """No words, but images or files."""

    cues: frozenset[str] = frozenset()

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.is_nudge and asked.turn.other_parts else "has words, or no images or files"

    def answer(self, asked: Asked) -> str:
        """How many came; and if they were to be described, that they cannot be."""
        received = f"I received {counted(asked.turn)}."
        wanted = _DESCRIBE.search(asked.conversation.system_instruction[:LONGEST_INSTRUCTION])
        if wanted is None:
            return received
        return f"{received} I am to describe {wanted[1]}, but {answers.NO_EYES}"


class Nudge:
    """No words at all, and nothing before that waits for an answer."""

    cues: frozenset[str] = frozenset()

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.is_nudge else "has words"

    def answer(self, asked: Asked) -> str:
        """A greeting."""
        return answers.GREETING


class Echo:
    """Whatever is left."""

    cues: frozenset[str] = frozenset()

    def why_not(self, asked: Asked) -> str | None:
        """It has something to say to every turn."""
        return None

    def answer(self, asked: Asked) -> str:
        """The text itself."""
        beside = f" (and sent {counted(asked.turn)})" if asked.turn.other_parts else ""
        return f"You said: {asked.text.strip()[:LONGEST_ECHO]}{beside}"


def topics() -> Sequence[Topic]:
    """The phrases in the order in which they are tried."""
    return (
        Topic("presence", ("are you there", "are you here", "can you hear me"), answers.PRESENT),
        Topic("being stuck", _STUCK, answers.COMFORT),
        Topic("set-up", ("important parameter", "streaming connection"), answers.FIRST_PARAMETER),
        Topic("topics to talk about", ("should we talk about", "can we talk about"), answers.SUGGESTIONS),
        Topic("help", ("what can u", "what can you", "what do you do", "how can you help"), answers.ABILITIES),
        Topic("identity", ("who are you", "what is your name", "what's your name"), _WHO),
        Topic("how I am", ("how are you", "how do you do", "how's it going"), answers.WELL),
        Topic("weather", ("weather", "temperature", "forecast"), answers.NO_WEATHER),
        Topic("time", ("what time is it", "what is the time", "what day is it", "what's the time"), answers.NO_CLOCK),
        Topic("long stories", ("long story", "longer story"), answers.LONG_STORY),
        Topic("stories", ("a story", "short story", "another story", "your story", "bedtime story"), answers.STORY),
        Topic("pizza", ("margherita", "pizza"), answers.PIZZA),
        Topic("thanks", ("thank you", "thanks"), answers.WELCOME),
        Topic("farewell", ("goodbye", "good bye", "bye", "see you later"), answers.FAREWELL),
    )


_STUCK = (
    "i'm stuck",
    "i am stuck",
    "completely stuck",
    "so confusing",
    "so confused",
    "so frustrating",
    "i'm frustrated",
    "i am frustrated",
)
_WHO = "I am the built-in responder of a local emulator, and I stand in for {model}."

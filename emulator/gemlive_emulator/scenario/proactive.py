"""Silence as an answer: a model that is to speak only of one topic, and may choose not to answer.

With ``proactiveAudio`` the real model answers only where it is relevant (docs). What is relevant to it cannot be known;
this rule is what a person would read out of such an instruction: "chime in only when the topic is about Italian
cooking". The topic is what stands behind "about". If it has names in it (words with a capital letter: Italian), the
turn must have one of them, for they are what narrows a topic down: whoever loves cooking, or French cuisine, has not
asked for Italian cooking, but whoever prefers Italian food has. Otherwise one of its words must be in the turn.
"""

import re
from functools import lru_cache

from gemlive_emulator.scenario.asked import LONGEST_INSTRUCTION, Asked
from gemlive_emulator.scenario.stems import stem, stems

_SPEAK = r"(?:chime in|speak(?: up)?|talk|respond|answer|reply|react|say something|join in)"
_ONLY_WHEN = re.compile(
    rf"\b(?:only {_SPEAK}|{_SPEAK} only|(?:silent|quiet|not {_SPEAK})\b(?: unless))\b([^.!?\n]{{0,120}})",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"\b(?:when(?:ever)?|if|once|while|unless)\b.{0,80}?\b(?:about|regarding|concerning|related to)\s([^,;:]{1,80})",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_SMALL = """
    a an and any anything as at for from how in its my of on or other our something that the their them these things
    this to topic with your
"""
_SMALL_WORDS = frozenset(_SMALL.split())
_MOST_LOOKED_AT = 4_096


def why_silent(asked: Asked) -> str | None:
    """Why the built-in responder does not answer this turn; ``None`` if it does.

    A turn without words is always answered: it is sent to make the model speak.
    """
    topic = topic_of(asked.conversation.system_instruction[:LONGEST_INSTRUCTION])
    if not topic or asked.is_nudge or not asked.conversation.proactive:
        return None
    said = set(stems(_words_in(asked.text[:_MOST_LOOKED_AT])))
    if any(stem(word) in said for word in topic):
        return None
    return f"the turn has none of the words {', '.join(sorted(topic))}"


@lru_cache(maxsize=64)
def topic_of(instruction: str) -> frozenset[str]:
    """Words, in small letters, of which a turn must have one to be answered; none if every turn is to be answered."""
    sentence = _ONLY_WHEN.search(instruction)
    topic = _TOPIC.search(sentence[0]) if sentence else None
    if topic is None:
        return frozenset()
    words = [word for word in _WORD.findall(topic[1]) if word.casefold() not in _SMALL_WORDS]
    names = [word for word in words if word[0].isupper()]
    return frozenset(_words_in(" ".join(names or words)))


def _words_in(text: str) -> list[str]:
    return _WORD.findall(text.casefold())

"""What of a model turn has gone out, and what of that the client can have heard."""

from dataclasses import field

from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.commands import Command, SpeechPart, TextPart, WordsOnly

TimedWords = tuple[tuple[float, str], ...]
"""Words with their offsets in seconds from the start of the part they go with."""


@dataclass(slots=True)
class Sent:
    """What of a turn has gone out.

    Attributes:
        text: pieces of a text answer, and words that came without sound.
        words: of a spoken answer, each with the moment at which a client that plays on arrival hears it.
        samples: of a spoken answer.
        thought_tokens: of thoughts, shown or not.
        call_tokens: of tool calls.
        first_at: when the first piece of the answer went out; ``None`` if none has.
        origin: when such a client began to play without a gap.
        in_a_row: samples since then; counted, so that the end of ten seconds is ten seconds, not a sum of roundings.
    """

    text: list[str] = field(default_factory=list)
    words: list[tuple[float, str]] = field(default_factory=list)
    samples: int = 0
    thought_tokens: int = 0
    call_tokens: int = 0
    first_at: float | None = None
    origin: float = 0.0
    in_a_row: int = 0

    @property
    def audio_seconds(self) -> float:
        """How long the spoken answer is so far."""
        return self.samples / OUTPUT_RATE

    @property
    def plays_until(self) -> float:
        """When a client that plays on arrival has heard everything that was sent."""
        return self.origin + self.in_a_row / OUTPUT_RATE

    def play(self, chunk: Chunk, arrives: float) -> float:
        """Note a part of speech; gives when it begins to play."""
        begins = self.plays_until
        if arrives > begins:
            begins = self.origin = arrives
            self.in_a_row = 0
        self.samples += chunk.samples
        self.in_a_row += chunk.samples
        return begins

    def take(self, command: Command, when: float, words: TimedWords) -> None:
        """Note what goes out, as far as it is part of the answer.

        Args:
            command: that goes out.
            when: seconds.
            words: of a part of speech, with their offsets in it.
        """
        if isinstance(command, TextPart | WordsOnly):
            self.text.append(command.text)
        elif isinstance(command, SpeechPart):
            begins = self.play(command.chunk, when)
            self.words.extend((begins + offset, word) for offset, word in words)
        else:
            return
        if self.first_at is None:
            self.first_at = when

    def heard(self, now: float) -> str:
        """What the client was sent, for speech only as far as it can have heard it."""
        return "".join(self.text) + "".join(word for moment, word in self.words if moment <= now)

    def heard_seconds(self, now: float) -> float:
        """How much of the speech it can have heard."""
        return self.audio_seconds - max(self.plays_until - now, 0.0) if self.samples else 0.0

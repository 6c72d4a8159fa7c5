"""Token counts of a turn, as the server reports them."""

from dataclasses import field

from gemlive_emulator.records import dataclass


@dataclass(slots=True)
class Usage:
    """Token counts of one turn; the prompt is the whole context again each turn.

    Attributes:
        prompt: tokens by modality (``TEXT``, ``AUDIO``, ...) of everything before the answer.
        response: tokens by modality of the answer, as far as it was sent.
        unlisted: prompt tokens that are in the count but in no modality (recorded on 3.1: 482 against 360).
        unlisted_response: the same of the answer (recorded on 3.1 with a tool call: 69 against 57).
        thoughts: tokens of thoughts; not part of the total (every recording: total = prompt + response).
    """

    prompt: dict[str, int] = field(default_factory=dict)
    response: dict[str, int] = field(default_factory=dict)
    unlisted: int = 0
    unlisted_response: int = 0
    thoughts: int = 0

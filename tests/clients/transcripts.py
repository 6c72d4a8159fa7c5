"""What a chat program printed: the messages that it was given, with the rules that every turn has to keep."""

import re
from dataclasses import dataclass
from typing import Any

from emulators import Finished

AUDIO_TOKENS_PER_SECOND = 25
BYTES_PER_SECOND = 48_000
"""s16le mono at 24 kHz."""


@dataclass(frozen=True)
class Turn:
    """The messages of one model turn, in the spelling of the Python SDK."""

    messages: list[dict[str, Any]]

    @property
    def contents(self) -> list[dict[str, Any]]:
        """The ``server_content`` of each message that has one."""
        return [message["server_content"] for message in self.messages if "server_content" in message]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """All parts of the model's turn, thoughts left out."""
        turns = [content["model_turn"] for content in self.contents if "model_turn" in content]
        return [part for turn in turns for part in turn["parts"] if not part.get("thought")]

    @property
    def text(self) -> str:
        """What the model wrote."""
        return "".join(part["text"] for part in self.parts if "text" in part)

    @property
    def words(self) -> str:
        """What the model said, by its transcription."""
        told = [content["output_transcription"] for content in self.contents if "output_transcription" in content]
        return "".join(each.get("text", "") for each in told)

    @property
    def sounds(self) -> list[int]:
        """The length of each audio part in bytes."""
        return [part["inline_data"]["data"]["bytes"] for part in self.parts if "inline_data" in part]

    @property
    def mime_types(self) -> set[str]:
        """How the audio parts are labelled."""
        return {part["inline_data"]["mime_type"] for part in self.parts if "inline_data" in part}

    @property
    def usage(self) -> dict[str, Any]:
        """The token counts that came with the end of the turn."""
        usage: dict[str, Any] = self.messages[-1]["usage_metadata"]
        return usage

    def check_end(self) -> None:
        """``generationComplete`` after all content and before ``turnComplete``, which comes last and with the usage."""
        marks = [set(content) & {"generation_complete", "turn_complete"} for content in self.contents]
        assert [mark for mark in marks if mark] == [{"generation_complete"}, {"turn_complete"}]
        after = self.contents[marks.index({"generation_complete"}) :]
        assert not any("model_turn" in content or "output_transcription" in content for content in after)
        assert "turn_complete" in self.messages[-1]["server_content"]
        self.check_usage()

    def check_usage(self) -> None:
        """The total is the sum, and sound is counted by its length."""
        usage = self.usage
        answer = usage.get("response_token_count") or usage["candidates_token_count"]
        details = usage.get("response_tokens_details") or usage["candidates_tokens_details"]
        assert usage["prompt_token_count"] > 0
        assert usage["total_token_count"] == usage["prompt_token_count"] + answer
        assert answer == sum(detail["token_count"] for detail in details)
        counted = {detail["modality"]: detail["token_count"] for detail in details}
        if self.sounds:
            assert abs(counted["AUDIO"] - sum(self.sounds) / BYTES_PER_SECOND * AUDIO_TOKENS_PER_SECOND) <= 1
            # Calls count as text, too.
            if not any("tool_call" in message for message in self.messages):
                assert counted.get("TEXT", len(self.words.split())) >= len(self.words.split())
        else:
            assert set(counted) == {"TEXT"}


def turns_of(done: Finished) -> list[Turn]:
    """The turns of a chat that went well: one for each question."""
    assert done.code == 0, f"{done.code}\n{done.stdout}\n{done.stderr}"
    turns: list[Turn] = []
    for line in done.lines:
        assert set(line) <= {"sent", "message", "opened", "closed"}, line
        if "sent" in line:
            turns.append(Turn([]))
        elif "message" in line:
            turns[-1].messages.append(in_snake_case(line["message"]))
    return turns


def in_snake_case(held: Any) -> Any:
    """The same with every key as the Python SDK spells it."""
    if isinstance(held, dict):
        return {re.sub("(?=[A-Z])", "_", key).lower(): in_snake_case(each) for key, each in held.items()}
    if isinstance(held, list):
        return [in_snake_case(each) for each in held]
    return held

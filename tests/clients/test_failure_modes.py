"""The failure modes of the real server, each asked for by its name, as a google-genai program sees it."""

import asyncio
from collections.abc import Iterator

import pytest
from emulators import APPS
from environments import Environments
from rehearsals import IN_ORDER, SESSIONS, rehearsed
from speaking import Log
from transcripts import BYTES_PER_SECOND

from gemlive_emulator.scenario.faults.modes import MODES, TITLES
from gemlive_emulator.wire.errors import cut

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def logs(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Log]]:
    """What every rehearsal was like, session by session."""
    folder = tmp_path_factory.mktemp("modes")
    python = str(environments.python("3.4.0").python)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        yield asyncio.run(rehearsed([python, str(APPS / "rehearse.py")], folder))


def closed(log: Log) -> tuple[int, str] | None:
    """Code and words of the exception that ended a session; ``None`` if there was none."""
    return next(((one["refused"]["code"], one["refused"]["words"]) for one in log.entries if "refused" in one), None)


def words_of(name: str) -> tuple[int, str]:
    """Code and words of a close, as the catalogue has them."""
    close = MODES[name].close
    assert close is not None
    return close[0], cut(close[1])


def told(log: Log) -> list[str]:
    """What came, but for what does not matter here; the same in a row once."""
    kept: list[str] = []
    for name in log.names():
        if not name.startswith("sent ") and name not in (*OTHER, *kept[-1:]):
            kept.append(name)
    return kept


OTHER = ("session_resumption_update", "thought", "output_transcription", "voice_activity")
LOST = (1006, "abnormal closure [internal]")
TURN = ["audio", "generation_complete", "turn_complete"]
EMPTY = ["generation_complete", "turn_complete"]
CUT = ["interrupted", "turn_complete"]


def test_each_failure_mode_has_a_title_and_a_name() -> None:
    assert {mode.number for mode in MODES.values()} == set(TITLES) == set(range(26))


CLOSES = [name for name, mode in MODES.items() if mode.close is not None and name not in (*SESSIONS, *IN_ORDER)]


@pytest.mark.parametrize("name", CLOSES)
def test_a_close_is_an_exception_with_code_and_words(logs: dict[str, Log], name: str) -> None:
    first, second = logs[f"{name} 1"], logs[f"{name} 2"]
    code, words = words_of(name)
    ended = closed(second if MODES[name].at in ("resumption", "resumed") else first)
    assert ended is not None
    assert ended[0] == code
    assert words in (ended[1] or "")
    if MODES[name].at in ("resumption", "resumed"):
        assert closed(first) is None


def test_the_end_comes_after_a_word_and_silence(logs: dict[str, Log]) -> None:
    log = logs["goaway-then-silence 1"]
    assert told(log) == ["audio", "go_away", "refused"]
    assert next(one["go_away"] for one in log.messages if "go_away" in one) == {"time_left": "50s"}
    assert closed(log) == words_of("goaway-then-silence")


@pytest.mark.parametrize("name", ["cap-without-goaway", "cap-thread-cancelled", "cap-inference-failed"])
def test_the_end_comes_without_a_word(logs: dict[str, Log], name: str) -> None:
    assert told(logs[f"{name} 1"]) == ["audio", "refused"]


def test_a_stale_handle_is_refused_and_a_new_session_is_not(logs: dict[str, Log]) -> None:
    first, second, third = (logs[f"stale-handle {number}"] for number in (1, 2, 3))
    assert [closed(log) for log in (first, second, third)] == [None, words_of("stale-handle"), None]
    assert second.names() == ["refused"]
    assert told(third) == TURN


def test_a_handle_is_accepted_and_dead_each_time(logs: dict[str, Log]) -> None:
    for number in (2, 3):
        log = logs[f"handle-accepted-then-dead {number}"]
        assert log.names() == ["sent opened", "refused"]
        assert closed(log) == words_of("handle-accepted-then-dead")


def test_a_turn_is_lost_with_its_connection(logs: dict[str, Log]) -> None:
    lost, resumed = logs["dropped-mid-turn 1"], logs["dropped-mid-turn 2"]
    # The turn that is cut begins with word that the session cannot be resumed just now.
    assert lost.messages[-2]["session_resumption_update"] == {}
    assert closed(lost) == LOST
    # The end of the lost turn does not come any more.
    assert told(resumed) == TURN


def test_a_call_is_lost_with_its_connection(logs: dict[str, Log]) -> None:
    lost, resumed = logs["dropped-in-tool-call 1"], logs["dropped-in-tool-call 2"]
    assert (told(lost)[-2:], closed(lost)) == (["tool_call", "refused"], LOST)
    # 2.5 ignores the late response.
    assert resumed.names()[:2] == ["sent opened", "sent nothing"]
    assert told(resumed) == TURN


def test_the_newest_family_ends_an_empty_turn_for_a_late_response(logs: dict[str, Log]) -> None:
    assert closed(logs["on the newest 1"]) == LOST
    assert told(logs["on the newest 2"]) == [*EMPTY, *TURN]


def test_on_the_newest_family_a_call_survives_where_nothing_is_rehearsed(logs: dict[str, Log]) -> None:
    """Logs of 2026: the response has the old id, and is spoken of on the new connection."""
    lost, resumed = logs["a call that survives 1"], logs["a call that survives 2"]
    assert (told(lost)[-2:], closed(lost)) == (["tool_call", "refused"], LOST)
    assert told(resumed) == [*TURN, *TURN]
    assert resumed.calls == []
    assert resumed.turns[0].words == "The temperature is 21 degrees."


def test_a_poisoned_session_hears_and_never_answers(logs: dict[str, Log]) -> None:
    assert told(logs["poisoned-resume 1"]) == TURN
    assert told(logs["poisoned-resume 2"]) == ["input_transcription"]


def test_a_token_has_the_last_word_of_the_setup(logs: dict[str, Log]) -> None:
    """The client asked for transcriptions, and declared a function."""
    log = logs["pinned-setup 1"]
    assert not {"output_transcription", "input_transcription", "tool_call"} & set(told(log))
    assert told(log).count("audio") == 2
    assert closed(log) is None


def test_input_during_a_call_closes(logs: dict[str, Log]) -> None:
    log = logs["input-during-tool-call 1"]
    assert told(log) == ["tool_call", "refused"]
    assert closed(log) == words_of("input-during-tool-call")


@pytest.mark.parametrize("name", ["tool-response-internal-error", "tool-response-not-found"])
def test_a_response_closes(logs: dict[str, Log], name: str) -> None:
    came = told(logs[f"{name} 1"])
    # The call's turn may have ended before the response came.
    assert (came[:4], came[-1], len(logs[f"{name} 1"].turns) <= 2) == ([*TURN, "tool_call"], "refused", True)


def test_a_call_without_a_response_stands_in_the_way_of_everything(logs: dict[str, Log]) -> None:
    log = logs["unanswered-tool-call 1"]
    assert told(log) == ["tool_call", *TURN, *TURN]
    quiet = [name for name in log.names() if name in ("tool_call", "sent nothing", "audio")]
    assert quiet[:4] == ["tool_call", "sent nothing", "sent nothing", "audio"]


def test_breaking_in_while_it_plays(logs: dict[str, Log]) -> None:
    assert told(logs["barge-in-while-playing 1"])[:6] == [
        "audio",
        "generation_complete",
        *CUT,
        "input_transcription",
        "audio",
    ]


def test_breaking_in_while_it_is_made(logs: dict[str, Log]) -> None:
    assert told(logs["barge-in-while-generating 1"])[:5] == ["audio", *CUT, "input_transcription", "audio"]


def test_breaking_into_a_call(logs: dict[str, Log]) -> None:
    log = logs["barge-in-during-tool-call 1"]
    assert told(log) == ["tool_call", "tool_call_cancellation", *CUT, "input_transcription", *TURN, *TURN]
    [cancelled] = [one["tool_call_cancellation"] for one in log.messages if "tool_call_cancellation" in one]
    assert cancelled["ids"] == [log.calls[0]["id"]]


def test_an_echo_cuts_the_answer(logs: dict[str, Log]) -> None:
    assert told(logs["echo 1"]) == ["audio", *CUT, "audio", *CUT, *TURN]
    assert told(logs["echo-before-audio 1"]) == [*CUT, *TURN]


def test_a_phantom_interrupts_and_the_session_is_dead(logs: dict[str, Log]) -> None:
    assert told(logs["phantom-interruption 1"]) == [*TURN, "interrupted", *EMPTY, "input_transcription", *EMPTY]


def test_turns_without_an_answer(logs: dict[str, Log]) -> None:
    assert told(logs["empty-turn 1"]) == [*EMPTY, *TURN]
    rejected = logs["rejected-turn 1"]
    assert told(rejected) == [*EMPTY, "turn_complete_reason"]
    assert rejected.contents[-1]["turn_complete_reason"] == "RESPONSE_REJECTED"
    wordy = logs["words-without-audio 1"]
    assert told(wordy) == EMPTY
    assert wordy.turns[0].words.strip() == "You can read this, but not hear it."
    assert told(logs["silent-audio 1"]) == TURN


def test_an_end_too_early_never_or_late(logs: dict[str, Log]) -> None:
    early = logs["premature-end 1"]
    assert told(early) == TURN
    assert early.turns[0].words.strip().endswith("is that")
    never = logs["missing-end 1"]
    assert told(never) == ["audio", "generation_complete", *TURN]
    assert "sent nothing" in never.names()
    late = logs["stalled-turn 1"]
    assert told(late) == ["input_transcription", *TURN]
    # The first time in pieces, as the family transcribes, and then once more.
    assert late.heard.count(late.heard[0]) == 2


def test_sound_in_a_burst_in_odd_parts_or_with_gaps(logs: dict[str, Log]) -> None:
    burst = logs["burst-and-held-end 1"]
    assert told(burst) == TURN
    made, ended = ([name in content for content in burst.contents].index(True) for name in EMPTY)
    assert made < ended
    odd = [part["inline_data"].get("data", {"bytes": 0})["bytes"] for part in logs["odd-audio 1"].turns[0].parts]
    assert odd[0] == 0
    assert sum(odd) - sum(burst.turns[0].sounds) == 1.5 * BYTES_PER_SECOND
    assert told(logs["audio-gaps 1"]) == TURN


def test_speech_that_never_ends(logs: dict[str, Log]) -> None:
    unended = logs["no-end-of-speech 1"]
    assert unended.names()[1:5] == ["sent audio", "sent audio_stream_end", "sent nothing", "sent audio"]
    assert told(unended) == ["input_transcription", *TURN]
    assert logs["speech-never-ends 1"].names() == ["sent opened", "sent audio", "sent nothing"]


def test_a_pause_splits_what_is_said(logs: dict[str, Log]) -> None:
    log = logs["split-utterance 1"]
    assert "".join(log.heard).count("(speech") == 2
    assert len(log.turns) == 2


def test_a_quota_is_used_up(logs: dict[str, Log]) -> None:
    ended = [closed(logs[f"fourth-session {number}"]) for number in (1, 2, 3, 4)]
    assert ended == [None, None, None, words_of("fourth-session")]
    assert closed(logs["quota-at-upgrade 1"]) == (429, "server rejected WebSocket connection: HTTP 429")
    assert closed(logs["bearer-refused 1"]) == (401, "server rejected WebSocket connection: HTTP 401")


def test_a_spent_token_still_resumes(logs: dict[str, Log]) -> None:
    ended = [closed(logs[f"spent token {number}"]) for number in (1, 2, 3)]
    assert ended == [None, None, words_of("token-spent")]


def test_messages_in_the_form_of_others(logs: dict[str, Log]) -> None:
    newest = logs["newest-dialect 1"]
    update, *_ = newest.messages
    assert update["session_resumption_update"]["resumable"]
    assert {"voice_activity", "interaction_status"} <= set(newest.names())
    both = [one for one in newest.contents if "model_turn" in one and "output_transcription" in one]
    assert both
    vertex = logs["vertex-dialect 1"]
    # The call's turn ends before its response comes, and the answer is another.
    assert any("tool_call" in message for message in vertex.turns[1].messages)
    assert vertex.turns[1].sounds == []
    assert len(vertex.turns) == 3
    assert vertex.turns[0].mime_types == {"audio/pcm"}
    assert vertex.names().index("output_transcription") < vertex.names().index("audio")
    assert any(one.get("output_transcription", {}).get("finished") for one in vertex.contents)


def test_the_network(logs: dict[str, Log]) -> None:
    # websockets gives up on a ping without a pong, and the SDK tells what it tells of every lost connection.
    assert closed(logs["slow-pongs 1"]) == LOST
    assert closed(logs["connection-lost 1"]) == LOST
    assert closed(logs["connection-reset 1"]) == LOST
    assert logs["setup-unanswered 1"].names() == ["refused"]
    assert closed(logs["setup-unanswered 1"]) == (0, "no setupComplete")

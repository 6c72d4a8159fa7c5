"""What goes wrong with answers, with hearing, and with the form of messages."""

from gemlive_emulator.scenario.faults.mode import Entry, Mode

_PACE, _HEARING = "behaviour.pace.", "behaviour.hearing."
_STORY = (
    "Every morning the old ferry crossed the lake with nobody on board but the captain and a sheep. "
    "Nobody knew where the sheep lived, and the captain never asked. "
) * 5
_EMPTY_TURN: tuple[Entry, ...] = ({"think": ""}, {"end_turn": {}})
_ASK_ANEW = "after two of them open a new session"

INTERRUPTIONS = (
    Mode(
        "barge-in-while-playing",
        "a long answer is sent far faster than it plays: speak, and interrupted comes behind generationComplete",
        "at interrupted stop playing at once and throw away what is buffered; the user's words come after turnComplete",
        "recorded on 2.5",
        number=11,
        at="turn",
        steps=({"say": _STORY},),
        answers=False,
        fields={f"{_PACE}speed": 50.0, f"{_PACE}hold_end": True},
    ),
    Mode(
        "barge-in-while-generating",
        "a long answer is made as slowly as it plays: speak, and it is interrupted without generationComplete",
        "wait for turnComplete, never for generationComplete",
        "recorded on the half-cascade model",
        number=11,
        at="turn",
        steps=({"say": _STORY},),
        answers=False,
        fields={f"{_PACE}speed": 1.0, f"{_PACE}hold_end": True},
    ),
    Mode(
        "echo",
        "the model hears itself: interrupted 0.5 s into the answer, which begins again, twice",
        "cancel echo, or send no microphone while playing; do not play the first words twice",
        "reported in public code",
        number=13,
        at="turn",
        steps=({"interrupt": {"after": "500ms", "times": "2"}},),
    ),
    Mode(
        "echo-before-audio",
        "the same before the first audio",
        "take interrupted also where nothing was played yet",
        "reported in public code",
        number=13,
        at="turn",
        steps=({"interrupt": {}},),
    ),
    Mode(
        "phantom-interruption",
        "interrupted without a cause behind the end of a turn, then only empty turns",
        f"take interrupted at any time; count empty turns, and {_ASK_ANEW}",
        "reported: python-genai#2333",
        number=14,
        at="turn",
        steps=({"say": "Hello there!"}, {"interrupt": {"after": "end"}}),
        answers=False,
        after=_EMPTY_TURN,
    ),
)

TURNS = (
    Mode(
        "empty-turn",
        "generationComplete and turnComplete, and nothing else",
        f"do not wait for audio: ask again once, and {_ASK_ANEW}",
        "reported: js-genai#1578",
        number=15,
        at="turn",
        steps=_EMPTY_TURN,
        answers=False,
    ),
    Mode(
        "rejected-turn",
        "an empty turn with turnCompleteReason RESPONSE_REJECTED",
        "tell the user that there is no answer to this; do not ask again with the same words",
        "reported: live-api-examples#40",
        number=15,
        at="turn",
        steps=({"think": ""}, {"end_turn": {"reason": "RESPONSE_REJECTED"}}),
        answers=False,
    ),
    Mode(
        "words-without-audio",
        "the transcription of an answer, and no audio",
        "show the words, or have them spoken by another voice",
        "recorded on 3.1",
        number=15,
        at="turn",
        steps=({"say": {"text": "You can read this, but not hear it.", "sound": "none"}},),
        answers=False,
    ),
    Mode(
        "silent-audio",
        "audio of the full length that is nearly all zeros",
        "do not take the length of audio for speech: look at its level",
        "reported",
        number=15,
        at="turn",
        steps=({"say": {"text": "You can read this, but not hear it.", "sound": "silent"}},),
        answers=False,
    ),
    Mode(
        "premature-end",
        "turnComplete in the middle of a sentence",
        "take turnComplete for the end, whatever the text looks like; offer to go on",
        "reported",
        number=16,
        at="turn",
        steps=({"say": "The most important thing about this is that"},),
        answers=False,
    ),
    Mode(
        "missing-end",
        "turnComplete never comes",
        "a time limit of your own behind the last audio; let the user speak meanwhile",
        "reported",
        number=16,
        at="turn_complete",
        faults=({"drop": "turn_complete"},),
    ),
    Mode(
        "stalled-turn",
        "nothing for 50 s, then the user's words once more, then the answer",
        "a time limit of your own; do not count the user's words twice",
        "reported",
        number=16,
        at="turn",
        steps=({"pause": "50s"}, {"transcript": {}}),
    ),
)

PACES = (
    Mode(
        "burst-and-held-end",
        "ten seconds of audio in three, and turnComplete when they have played",
        "a play-out buffer without a limit, and reading that never waits for it",
        "measured on 3.1",
        number=17,
        fields={f"{_PACE}speed": 3.6, f"{_PACE}hold_end": True},
    ),
    Mode(
        "odd-audio",
        "a first part of audio without a sample, and silence behind the speech",
        "take parts of any length; do not wait for silence as the end",
        "reported",
        number=17,
        fields={f"{_PACE}empty_first": True, f"{_PACE}trailing_silence": 1.5},
    ),
    Mode(
        "audio-gaps",
        "audio comes unevenly: each part up to 0.2 s late, and a second of nothing every two",
        "fill a buffer before you play, and again after it ran dry",
        "reported",
        number=17,
        fields={f"{_PACE}jitter": 0.2, f"{_PACE}gap": 1.0, f"{_PACE}gap_every": 2.0},
    ),
)

HEARING = (
    Mode(
        "no-end-of-speech",
        "the client stops sending without silence, and nothing happens, whatever audioStreamEnd says",
        "go on sending silence for as long as the session lasts",
        "measured: openclaw#152830, python-genai#1328",
        number=18,
        fields={f"{_HEARING}idle_end": 0.0, f"{_HEARING}stream_end": "ignored"},
    ),
    Mode(
        "speech-never-ends",
        "with end sensitivity LOW silence never ends a turn; low by default here",
        "a limit of your own, then signal activity by hand",
        "measured 2026-09-05",
        number=18,
        fields={f"{_HEARING}idle_end": 0.0, f"{_HEARING}end": "LOW", f"{_HEARING}low_never_ends": True},
    ),
    Mode(
        "split-utterance",
        "a short pause ends the turn, and what follows cuts the answer; silenceDurationMs changes nothing",
        "expect half a question; join what comes at once, or signal activity by hand",
        "measured: live-api-examples#37, #50",
        number=19,
        fields={f"{_HEARING}silence_ms": 300, f"{_HEARING}most_silence_ms": 300},
    ),
)

DIALECTS = (
    Mode(
        "newest-dialect",
        "every model answers as 3.8: audio and transcription in one message, {} and empty contents between, updates "
        "and voiceActivity that nobody asked for, interactionStatus beside turnComplete",
        "look at every field of each message, and skip what you do not know",
        "recorded on 3.8",
        number=24,
        model="gemini-3.8-live",
        fields={"manner.interaction_status": True},
    ),
    Mode(
        "vertex-dialect",
        "messages as on Vertex: audio/pcm without a rate, candidatesTokenCount, the transcription ahead of the audio "
        "and marked finished, a turnComplete of its own for a function call",
        "take 24 kHz where no rate is told; read either name of a count",
        "recorded on Vertex",
        number=24,
        fields={
            "manner.role": True,
            "manner.mime_type": "audio/pcm",
            "manner.vertex_names": True,
            "manner.transcription": "ahead",
            "manner.marks_transcription": True,
            "manner.grounding_at_end": True,
            "behaviour.calling.own_turn": "always",
            "behaviour.calling.own_turn_after": 0.1,
        },
    ),
)

ANSWERS = (*INTERRUPTIONS, *TURNS, *PACES, *HEARING, *DIALECTS)
"""All of them."""

"""How a session hears: the family's ways, and what the setup asks for instead."""

from dataclasses import replace
from typing import Any, Literal

from gemlive_emulator.audio.activity import Sensitivity
from gemlive_emulator.profiles.family import Family
from gemlive_emulator.session.behaviour import Hearing
from gemlive_emulator.wire.closes import INVALID_ARGUMENT, fault
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.setup import AutomaticActivityDetection, Setup

_SENSITIVITIES: dict[str | None, Sensitivity] = {
    "START_SENSITIVITY_HIGH": "HIGH",
    "START_SENSITIVITY_LOW": "LOW",
    "END_SENSITIVITY_HIGH": "HIGH",
    "END_SENSITIVITY_LOW": "LOW",
}
_COVERAGES: dict[str | None, Literal["activity", "activity_and_video", "all"]] = {
    "TURN_INCLUDES_ONLY_ACTIVITY": "activity",
    "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO": "activity_and_video",
    "TURN_INCLUDES_ALL_INPUT": "all",
}
_INTERRUPTS: dict[str | None, bool] = {"NO_INTERRUPTION": False, "START_OF_ACTIVITY_INTERRUPTS": True}


def hearing_of(setup: Setup, family: Family, backend: Backend, idle_end: float | None) -> Hearing:
    """The family's hearing on this back-end, with what the setup asks for.

    Args:
        setup: its ``realtimeInputConfig`` counts.
        family: whose ways are the default.
        backend: Vertex has sensitivities of its own.
        idle_end: in place of the family's, if not ``None``.

    Raises:
        ClientFault: a duration is negative (inferred: the real server's words are not known).
    """
    hearing = family.behaviour.hearing
    if backend is Backend.VERTEX:
        start, end = family.vertex_sensitivity
        hearing = replace(hearing, start=start, end=end)
    if idle_end is not None:
        hearing = replace(hearing, idle_end=idle_end)
    config = setup.realtime_input_config
    if config is None:
        return hearing
    if config.automatic_activity_detection is not None:
        hearing = _detection(hearing, config.automatic_activity_detection)
    return replace(
        hearing,
        interrupts=_INTERRUPTS.get(config.activity_handling, hearing.interrupts),
        coverage=_COVERAGES.get(config.turn_coverage, hearing.coverage),
    )


def _detection(hearing: Hearing, asked: AutomaticActivityDetection) -> Hearing:
    changed: dict[str, Any] = {}
    for field, name, told in (
        ("prefix_ms", "prefixPaddingMs", asked.prefix_padding_ms),
        ("silence_ms", "silenceDurationMs", asked.silence_duration_ms),
    ):
        if told is not None:
            if told < 0:
                raise fault(INVALID_ARGUMENT, f"{name} is {told}; it has to be 0 or more milliseconds")
            changed[field] = told
    return replace(
        hearing,
        manual=bool(asked.disabled),
        start=_SENSITIVITIES.get(asked.start_of_speech_sensitivity, hearing.start),
        end=_SENSITIVITIES.get(asked.end_of_speech_sensitivity, hearing.end),
        **changed,
    )

"""Judging a setup: which model, which family, refused or let in."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from math import inf
from typing import Any

from gemlive_emulator.audio.voice_table import DEFAULT_VOICE, VOICES
from gemlive_emulator.profiles.catalogue import MODELS, OTHER_METHODS, Model, find
from gemlive_emulator.profiles.changing import calling_on_vertex, override
from gemlive_emulator.profiles.dialect import Dialect, Wishes
from gemlive_emulator.profiles.families import FAMILIES, PAST, PROFILES
from gemlive_emulator.profiles.family import Family
from gemlive_emulator.profiles.listening import hearing_of
from gemlive_emulator.profiles.notes import notes_on
from gemlive_emulator.profiles.refusals import Judge, check_setup, choose_modality
from gemlive_emulator.profiles.schemas import check_schemas
from gemlive_emulator.profiles.versions import check_names
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.admission import Admission, Window
from gemlive_emulator.session.behaviour import Behaviour, Pace, Resumption, Thoughts
from gemlive_emulator.session.hearing import NOTHING_FOREKNOWN, Foreknown
from gemlive_emulator.session.lifespan import UNLIMITED, Limits
from gemlive_emulator.session.steps import Responder
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.wire.closes import (
    KEY_STATES,
    NOT_LIVE,
    fault,
    model_not_found,
    publisher_model_not_found,
)
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.setup import Setup

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})")
_NEWEST: tuple[int, int] = (99, 0)
MOST_LAID_OVER = 256
"""Wishes of scenarios that are kept; a file that is saved again and again may have ever new ones."""
_VOICE_BY_NAME = {name.lower(): name for name in VOICES}


@dataclass(frozen=True, slots=True)
class Terms:
    """How setups are judged, for a whole server.

    Attributes:
        pace: in place of each family's own; ``None`` keeps it.
        profile: name of the family that every model is taken for; ``None`` asks the model's name.
        strict: refuse models that are unknown, shut down, or not served by the back-end, as the real server does.
        idle_end: in place of each family's own ``hearing.idle_end``; ``None`` keeps it.
        handle_seconds: in place of each family's own ``resumption.handle_seconds``, on both back-ends; the same.
        haste: how many times faster than real time the sessions run.
        limits: whether sessions end by themselves, as each family's do.
        overrides: fields of the family to change, see :func:`~gemlive_emulator.profiles.changing.override`.
        keys: state by API key (``valid`` or one of ``wire.closes.KEY_STATES``); others are invalid. ``None``: any key.
        key_state: of the client's key, whatever ``keys`` says; ``None`` goes by them.

    Raises:
        EmulatorError: an unknown profile or key state, or a field that is none or cannot have that value.
    """

    pace: Pace | None = None
    profile: str | None = None
    strict: bool = False
    idle_end: float | None = None
    handle_seconds: float | None = None
    haste: float = 1.0
    limits: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, str] | None = None
    key_state: str | None = None
    _families: dict[str, Family] = field(init=False, compare=False, repr=False)
    _laid_over: "dict[tuple[str | None, ...], Terms]" = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if self.profile is not None and self.profile not in PROFILES:
            raise EmulatorError(f"profile {self.profile!r} is none of {', '.join(PROFILES)}")
        # Made for all at once: what cannot be is told at the start, and a session has its family at hand.
        families = {name: self._changed(family) for name, family in PROFILES.items()}
        object.__setattr__(self, "_families", families)
        for key, state in (self.keys or {}).items():
            if state != "valid" and state not in KEY_STATES:
                raise EmulatorError(f"key ...{key[-4:]}: state {state!r} is none of valid, {', '.join(KEY_STATES)}")

    def family_of(self, model: str) -> Family:
        """The family that a model id gets, with all that is changed of it."""
        return self._families[self.profile or family_of(model).name]

    def under(self, model: str | None, overrides: Mapping[str, Any], key_state: str | None = None) -> "Terms":
        """These terms laid over what a scenario wants, which asks with each of its sessions.

        Args:
            model: whose family it wants; ``None`` for whatever is asked for.
            overrides: fields of the family to change.
            key_state: what it says of the client's key.
        """
        if model is None and key_state is None and not overrides:
            return self
        wanted = (model, key_state, repr(overrides))  # values may be lists; and 1 is not True
        if wanted not in self._laid_over:
            if len(self._laid_over) >= MOST_LAID_OVER:
                self._laid_over.clear()
            profile = family_of(model).name if self.profile is None and model is not None else self.profile
            both = {**overrides, **self.overrides}
            self._laid_over[wanted] = replace(self, profile=profile, overrides=both, key_state=key_state)
        return self._laid_over[wanted]

    def _changed(self, family: Family) -> Family:
        """The family with the server's pace, with or without limits, and with the fields that are changed."""
        if self.pace is not None:
            family = replace(family, behaviour=replace(family.behaviour, pace=self.pace))
        if not self.limits:
            family = replace(family, behaviour=replace(family.behaviour, limits=UNLIMITED))
        return override(family, self.overrides)


DEFAULT_TERMS = Terms()


def doorkeeper(
    endpoint: Endpoint,
    responder: Responder,
    terms: Terms = DEFAULT_TERMS,
    foreknown: Foreknown = NOTHING_FOREKNOWN,
) -> Callable[[Setup], Admission]:
    """The judge of setups for one connection."""

    def admit(setup: Setup) -> Admission:
        return replace(_admit(setup, endpoint, responder, terms), foreknown=foreknown)

    return admit


def family_of(model: str) -> Family:
    """The family of a model id; an unknown one takes the nearest by version number, the newest if it has none."""
    known = find(model)
    if known is not None:
        return FAMILIES[known.family]
    version = _VERSION.search(model)
    number = (int(version[1]), int(version[2])) if version else _NEWEST
    if number < (2, 5):
        return FAMILIES["2.0"]
    if number < (3, 0):
        return FAMILIES["2.5-native-audio" if "native-audio" in model else "half-cascade"]
    if number < (3, 6):
        return FAMILIES["3.1"]
    return FAMILIES["3.8-extended-thinking" if "extended-thinking" in model else "3.8"]


def _admit(setup: Setup, endpoint: Endpoint, responder: Responder, terms: Terms) -> Admission:
    name = setup.model or ""
    backend = endpoint.backend or _backend_of(name)
    _check_key(endpoint, terms)
    check_names(setup, backend, endpoint.api_version)
    model_id = name.rsplit("/", 1)[-1]
    known = find(name)
    _check_model(name, known, backend, endpoint, terms)
    family = terms.family_of(model_id)
    model = known if known is not None and known.family == family.name else _stand_in(model_id, family)
    modality = choose_modality(setup, model, family)
    check_setup(setup, model, family)
    check_schemas(setup)
    admission = _let_in(setup, model, modality, family, backend, responder, terms)
    notes = notes_on(setup, model, known is not None, family.name, admission.voice, admission.tools)
    return replace(admission, connection=endpoint.connection, notes=notes)


def _let_in(
    setup: Setup,
    model: Model,
    modality: str,
    family: Family,
    backend: Backend,
    responder: Responder,
    terms: Terms,
) -> Admission:
    config = setup.generation_config
    speech = config.speech_config if config is not None else None
    manner = family.manner_on(backend)
    proactivity = setup.proactivity
    wishes = Wishes(
        output=setup.output_audio_transcription is not None,
        input=setup.input_audio_transcription is not None,
        activity=bool(setup.explicit_vad_signal),
    )
    return Admission(
        model=model.id,
        modality=modality,
        voice=_voice(setup) if modality == "AUDIO" else "",
        language=(speech.language_code or "") if speech is not None and not model.chooses_language else "",
        max_output_tokens=(config.max_output_tokens or None) if config is not None else None,
        behaviour=_behaviour(setup, family, backend, terms),
        window=_window(setup, model, family.behaviour.limits),
        responder=responder,
        judge=Judge(setup, family, backend),
        render=Dialect(manner, wishes).render,
        haste=terms.haste,
        tools=Toolbox.of(setup.tools or (), family.behaviour.calling.json_schema),
        proactive=family.always_proactive or (proactivity is not None and bool(proactivity.proactive_audio)),
    )


def _behaviour(setup: Setup, family: Family, backend: Backend, terms: Terms) -> Behaviour:
    behaviour = replace(
        family.behaviour,
        hearing=hearing_of(setup, family, backend, terms.idle_end),
        thoughts=_thoughts(setup, family),
        resumption=_resumption(family.behaviour.resumption, backend, terms),
    )
    if backend is Backend.VERTEX:
        # Recorded: UUIDs, whatever the family.
        behaviour = replace(behaviour, tool_id="uuid", calling=calling_on_vertex(behaviour.calling))
    config = setup.generation_config
    modalities = set(config.response_modalities or ()) if config is not None else set()
    if not family.refusals.two_modalities and len(modalities) != 1:
        behaviour = replace(behaviour, answers_typed=False)
    if config is not None and config.media_resolution == "MEDIA_RESOLUTION_LOW":
        behaviour = replace(behaviour, image_tokens=behaviour.low_image_tokens)
    return behaviour


def _resumption(rules: Resumption, backend: Backend, terms: Terms) -> Resumption:
    """The rules with how long a handle lasts on this back-end."""
    lasts = rules.vertex_handle_seconds if backend is Backend.VERTEX else rules.handle_seconds
    return replace(rules, handle_seconds=terms.handle_seconds or lasts)


def _window(setup: Setup, model: Model, limits: Limits) -> Window:
    """Documented: compression begins at 80 % of the window, and leaves half of where it begins."""
    tokens = model.context_tokens if limits.context else inf
    config = setup.context_window_compression
    if config is None or config.sliding_window is None:
        return Window(tokens)
    trigger = config.trigger_tokens or model.context_tokens * 4 // 5
    return Window(tokens, trigger, config.sliding_window.target_tokens or trigger // 2)


def _thoughts(setup: Setup, family: Family) -> Thoughts:
    """Thinking may be switched off (budget 0, level minimal) or hidden (``includeThoughts: false``)."""
    if family.behaviour.thoughts == "none":
        return "none"
    config = setup.generation_config
    thinking = config.thinking_config if config is not None else None
    if thinking is None:
        return family.behaviour.thoughts if family.thinks_by_default else "none"
    if thinking.thinking_budget == 0 or thinking.thinking_level == "MINIMAL":
        return "none"
    if thinking.include_thoughts is not None:
        return "shown" if thinking.include_thoughts else "counted"
    return family.behaviour.thoughts


def _voice(setup: Setup) -> str:
    """The voice asked for, in its proper spelling; an unknown one is kept and sounds like the default."""
    config = setup.generation_config
    speech = config.speech_config if config is not None else None
    voice = speech.voice_config if speech is not None else None
    if voice is None:
        return DEFAULT_VOICE
    prebuilt = voice.prebuilt_voice_config
    name = (prebuilt.voice_name if prebuilt is not None else None) or voice.voice or DEFAULT_VOICE
    return _VOICE_BY_NAME.get(name.lower(), name)


def _backend_of(model: str) -> Backend:
    """For paths that say nothing: Vertex resource names tell."""
    return Backend.VERTEX if model.startswith(("projects/", "publishers/")) else Backend.GEMINI


def _check_key(endpoint: Endpoint, terms: Terms) -> None:
    """A bad key is told only after the upgrade, by a close (public code; the real server opens the socket first)."""
    state = terms.key_state or ("valid" if terms.keys is None else terms.keys.get(endpoint.key, "invalid"))
    if state != "valid":
        said_by = "the scenario says" if terms.key_state else "the configured keys say"
        raise fault(KEY_STATES[state], f"the key is {state}; {said_by} so")


def _check_model(name: str, known: Model | None, backend: Backend, endpoint: Endpoint, terms: Terms) -> None:
    model_id = name.rsplit("/", 1)[-1]
    if not model_id:
        raise fault(_not_found(name, backend, endpoint), "setup.model is missing; give models/... or projects/...")
    if endpoint.music or model_id in OTHER_METHODS:
        raise fault(NOT_LIVE, f"this emulator speaks BidiGenerateContent only, {model_id} does not or was not asked to")
    if not terms.strict:
        return
    if known is None or known.status == "shut down" or backend not in known.backends:
        why = "unknown" if known is None else f"{known.status}, served on {', '.join(sorted(known.backends))}"
        raise fault(_not_found(name, backend, endpoint), f"{model_id} is {why}; see `gemlive-emulator models`")


def _not_found(name: str, backend: Backend, endpoint: Endpoint) -> tuple[int, str]:
    if backend is Backend.VERTEX:
        return publisher_model_not_found(name)
    # Observed: with an ephemeral token the words name another version than the path.
    version = "v1main" if endpoint.constrained else endpoint.api_version
    return model_not_found(name.removeprefix("models/"), version)


def _stand_in(model_id: str, family: Family) -> Model:
    """A record for an id that the catalogue does not know: what its nearest relative can do."""
    # No model of the catalogue is of a past family; those of 2.0 could do the same.
    kin = "2.0" if family.name in PAST else family.name
    relative = next(model for model in MODELS if model.family == kin and model.typical)
    return replace(relative, id=model_id, display_name=model_id)

"""What the emulator forgives in a setup and the developer should know: words for the log, no refusals."""

from collections.abc import Iterator

from gemlive_emulator.audio.voice_table import DEFAULT_VOICE
from gemlive_emulator.profiles.catalogue import Model
from gemlive_emulator.session.toolbox import EMPTY_TOOLBOX, Toolbox
from gemlive_emulator.wire.setup import GenerationConfig, Setup

_WITHOUT_EFFECT = (
    "response_logprobs",
    "logprobs",
    "response_mime_type",
    "response_schema",
    "response_json_schema",
    "stop_sequences",
    "routing_config",
    "audio_timestamp",
)
"""Generation fields that the proto calls unsupported in Live; what the real server answers is not recorded."""


def notes_on(
    setup: Setup, model: Model, known: bool, family: str, voice: str, tools: Toolbox = EMPTY_TOOLBOX
) -> tuple[str, ...]:
    """What is taken differently than the client may think.

    Args:
        setup: as it came.
        model: what it is taken for.
        known: whether the catalogue has the model.
        family: whose behaviour it gets.
        voice: the prebuilt voice that was asked for, ``""`` for none.
        tools: that the model is told of.
    """
    return (*_notes(setup, model, known, family, voice), *_notes_on_functions(tools))


def _notes(setup: Setup, model: Model, known: bool, family: str, voice: str) -> Iterator[str]:
    if not known:
        yield f"setup.model: {model.id} is not in the catalogue; taken for family {family} (`gemlive-emulator models`)"
    if voice and voice not in model.voices:
        yield f"voiceName: {voice!r} is no prebuilt voice and sounds like {DEFAULT_VOICE} (`gemlive-emulator voices`)"
    config = setup.generation_config
    if config is not None:
        yield from _notes_on_generation(config, model)


def _notes_on_functions(tools: Toolbox) -> Iterator[str]:
    """Reported (python-genai#1147): 2.x reads ``parameters`` alone; google-genai 3 and ADK write the other."""
    functions = tools.functions.values()
    ignored = [function for function in functions if function.parameters is None]
    names = [function.name or "" for function in ignored if function.parameters_json_schema is not None]
    if names:
        yield (
            f"parametersJsonSchema of {', '.join(names[:5])}: this model family ignores it, is told of no parameters "
            "and calls without arguments; declare them in parameters, or set behaviour.calling.json_schema"
        )


def _notes_on_generation(config: GenerationConfig, model: Model) -> Iterator[str]:
    speech = config.speech_config
    if speech is not None and speech.language_code and model.chooses_language:
        yield f"languageCode: {model.id} chooses its language from the conversation; the code has no effect"
    for field in _WITHOUT_EFFECT:
        if getattr(config, field) is not None:
            yield f"generationConfig.{field}: not supported by the Live API; it has no effect"

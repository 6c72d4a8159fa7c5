"""What a family refuses: in the setup, and in later messages whatever the session is doing.

Each check raises ``ClientFault`` with the family's own close code and words; the hint says in the log what would be
right. The unknown names of an API version are in ``versions.py``, tool schemas in ``schemas.py``.
"""

from gemlive_emulator.profiles.catalogue import Model
from gemlive_emulator.profiles.family import Family
from gemlive_emulator.profiles.google_refusals import check_google_tools
from gemlive_emulator.session.tokens import count_tokens
from gemlive_emulator.wire.client import ClientContent, ClientMessage, RealtimeInput
from gemlive_emulator.wire.closes import (
    EXPLICIT_ACTIVITY,
    FILE_DATA,
    INVALID_ARGUMENT,
    MEDIA_CHUNKS,
    NO_THINKING_LEVEL,
    NO_VOICES,
    THINKING_LEVEL,
    TWO_MODALITIES,
    fault,
    last_turn_not_user,
    modalities_not_supported,
    prompt_too_long,
)
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.setup import Setup

_TRACE = "434a1f2042ea7643"
"""In the form of the reported ones; the same each time, for nobody can look it up."""
_OWN_INSTRUCTION_TOKENS = 94
"""What the server counts of its own in the words for a prompt that is too long; made up."""


def choose_modality(setup: Setup, model: Model, family: Family) -> str:
    """The one modality of the session."""
    config = setup.generation_config
    asked = (config.response_modalities if config is not None else None) or []
    if len(set(asked)) > 1:
        if not family.refusals.two_modalities:
            return "AUDIO"
        raise fault(TWO_MODALITIES, f"responseModalities is {asked}; give one")
    if not asked or asked[0] == "MODALITY_UNSPECIFIED":
        return model.modalities[0]
    if asked[0] in model.modalities:
        return asked[0]
    right = f"{model.id} answers with {' or '.join(model.modalities)}"
    if asked[0] == "TEXT" and family.refusals.text_modality == "voices":
        raise fault(NO_VOICES, f"responseModalities is {asked}; {right}")
    raise fault(modalities_not_supported(asked[0], model.id, list(model.modalities)), right)


def check_setup(setup: Setup, model: Model, family: Family) -> None:
    """Everything else that a setup can be refused for."""
    _check_thinking(setup, family)
    _check_tools(setup, model, family)
    _check_instruction(setup, model)
    config = setup.generation_config
    if config is not None and (config.max_output_tokens or 0) < 0:
        raise fault(INVALID_ARGUMENT, f"maxOutputTokens is {config.max_output_tokens}; it has to be positive")
    proactivity = setup.proactivity
    if family.refusals.proactive_off and proactivity is not None and proactivity.proactive_audio is False:
        raise fault(INVALID_ARGUMENT, f"proactiveAudio is always on for {model.id}; leave it out")


def _check_thinking(setup: Setup, family: Family) -> None:
    rule = family.refusals.thinking
    config = setup.generation_config
    thinking = config.thinking_config if config is not None else None
    level = thinking.thinking_level if thinking is not None else None
    if rule == "none" and thinking is not None:
        raise fault(THINKING_LEVEL, "thinkingConfig is not for this model; leave it out")
    if rule == "required" and level is None:
        raise fault(NO_THINKING_LEVEL, "this model needs thinkingConfig.thinkingLevel LOW, MEDIUM or HIGH")
    if rule == "required" and level == "MINIMAL":
        raise fault(THINKING_LEVEL, "thinkingLevel is MINIMAL; this model takes LOW, MEDIUM or HIGH")


def _check_tools(setup: Setup, model: Model, family: Family) -> None:
    tools = setup.tools
    if tools is None:
        return
    if not tools and family.refusals.empty_tools:
        raise fault(INVALID_ARGUMENT, "tools is empty; leave it out")
    check_google_tools(tools, family.refusals.google_tools, model.id)
    searches = any(tool.google_search is not None for tool in tools)
    if family.refusals.search_with_functions and searches and any(tool.function_declarations for tool in tools):
        raise fault(INVALID_ARGUMENT, "googleSearch and functionDeclarations do not go together on this model")


def _check_instruction(setup: Setup, model: Model) -> None:
    instruction = setup.system_instruction
    if instruction is None:
        return
    tokens = sum(count_tokens(part.text or "") for part in instruction.parts)
    if tokens > model.context_tokens:
        hint = f"the system instruction has about {tokens} tokens; {model.id} takes {model.context_tokens}"
        raise fault(prompt_too_long(_OWN_INSTRUCTION_TOKENS, tokens), hint)


class Judge:
    """Refuses later messages that the family refuses in any state; called for every message, so it is quick.

    Args:
        setup: decides whether activity signals are allowed.
        family: whose refusals count.
        backend: the Gemini API refuses turns of role ``system``.
    """

    def __init__(self, setup: Setup, family: Family, backend: Backend) -> None:
        self._refusals = family.refusals
        self._takes_system = backend is Backend.VERTEX
        realtime = setup.realtime_input_config
        detection = realtime.automatic_activity_detection if realtime is not None else None
        self._manual = detection is not None and bool(detection.disabled)

    def __call__(self, message: ClientMessage) -> None:
        """Raises ``ClientFault``, or returns."""
        if message.client_content is not None:
            self._content(message.client_content)
        elif message.realtime_input is not None:
            self._realtime(message.realtime_input)

    def _content(self, content: ClientContent) -> None:
        refusals = self._refusals
        turns = content.turns
        if not turns:
            return
        if not self._takes_system and any(turn.role == "system" for turn in turns):
            # livekit's plugin notes that the Gemini API errs on it; the words are inferred.
            raise fault(INVALID_ARGUMENT, "a turn of role system; the system instruction belongs into setup")
        if refusals.model_turn_last and content.turn_complete and turns[-1].role == "model":
            raise fault(last_turn_not_user(_TRACE), "the last turn has role model; end with a user turn")
        if not (refusals.tool_parts or refusals.file_data):
            return
        for part in (part for turn in turns for part in turn.parts):
            if refusals.file_data and part.file_data is not None:
                raise fault(FILE_DATA, "fileData in clientContent; send the content inline")
            if refusals.tool_parts and (part.function_call is not None or part.function_response is not None):
                raise fault(INVALID_ARGUMENT, "function parts in clientContent; put them into words")

    def _realtime(self, realtime: RealtimeInput) -> None:
        if realtime.media_chunks and self._refusals.media_chunks:
            raise fault(MEDIA_CHUNKS, "send realtimeInput.audio, .video or .text")
        signalled = realtime.activity_start is not None or realtime.activity_end is not None
        if signalled and not self._manual:
            raise fault(EXPLICIT_ACTIVITY, "set automaticActivityDetection.disabled to true in setup first")

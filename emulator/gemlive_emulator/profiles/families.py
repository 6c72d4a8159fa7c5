"""The model families: one record each, with the source of every value that is not plain from the documentation.

"Recorded" means wire recordings of real sessions, "measured" a published measurement, "reported" a public issue;
everything else is inferred and marked so in ``docs/fidelity.md``.
"""

from collections.abc import Mapping
from dataclasses import replace

from gemlive_emulator.profiles.dialect import EMPTY, EMPTY_CONTENT
from gemlive_emulator.profiles.family import Family, Refusals
from gemlive_emulator.profiles.google_refusals import SEARCH_AND_URLS, SEARCH_ONLY
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.session.behaviour import Behaviour, Calling, Hearing, Pace, Resumption
from gemlive_emulator.session.lifespan import Limits
from gemlive_emulator.wire.closes import SETUP_FIRST

LIMITS = Limits(
    # Measured: the connection is closed at ten minutes. Documented: 15 minutes of audio, 2 with video.
    connection=600.0,
    audio=900.0,
    video=120.0,
    # sokuji#179: "50s" (others were told 60, 30 on Vertex, or nothing).
    go_away=50.0,
)

CALLING_OF_2 = Calling(
    # Recorded on 2.5: one turn for the call and its answer. But ADK waits for the end of the call's turn before it
    # answers, and would wait for ever: an end of its own, if there is no response, serves both (measured with both).
    own_turn="unanswered",
    own_turn_after=1.5,
)

VERTEX_CALL_TURN = 0.1
"""Seconds from a call on Vertex to the end of its turn."""

IMAGE_TOKENS = 258
"""Of one image or video frame at the usual resolution (reported: 256 to 280)."""

_2_0 = Family(
    "2.0",
    Behaviour(
        pace=Pace(first_text=0.3, next_text=0.1, first_audio=0.7, speed=3.0),
        # Recorded (JS and .NET suites): three seconds of speech in one message are answered though nothing follows.
        # Reported for the half-cascade (python-genai#1328): audioStreamEnd did nothing.
        hearing=Hearing(stream_end="ignored", idle_end=1.0),
        second_setup=SETUP_FIRST,
        # Proto comment: any clientContent interrupts the current generation.
        typed_during_reply="interrupt",
        # Log of the JS notebook: a handle after each turnComplete, an empty update at each turn start.
        handle="after_turn",
        marks_turn_start=True,
        thoughts="none",
        # pipecat sends historyConfig to 2.x too and hangs if the content is not answered (measured).
        seeds_history=False,
        echoes_realtime_text=False,
        # The notebook's counts 9, 37, 65 fit 3 for the session and 5 an entry.
        base_tokens=3,
        content_tokens=5,
        image_tokens=IMAGE_TOKENS,
        unlisted_tokens=0,
        spoken_text_counts=False,
        calling=CALLING_OF_2,
        limits=LIMITS,
    ),
    # Recorded: without marks, first word alone; calls come as code, too. Public code's tests on 2.0: a search is a call
    # of concise_search.
    Manner(transcription="ahead", calls_as_code=True, lookups="concise_search"),
    Manner(
        role=True,
        mime_type="audio/pcm",
        transcription="ahead",
        marks_transcription=True,
        marks_input=True,
        voice_activity_asked="alone",
        vertex_names=True,
        grounding_at_end=True,
        # Recorded (SDK suites): calls of 2.0 on Vertex have no ids.
        call_ids=False,
    ),
    Refusals(model_turn_last=True),
)

_HALF_CASCADE = replace(
    _2_0,
    name="half-cascade",
    # Recorded on Vertex: 12 prompt tokens for a six-word instruction and a four-word question; text counts too.
    behaviour=replace(_2_0.behaviour, base_tokens=0, content_tokens=0, spoken_text_counts=True),
    # Cookbook's tools notebook: a call of google_search.search and its result. On Vertex no code was recorded.
    manner=replace(_2_0.manner, lookups="google_search"),
    vertex_manner=replace(_2_0.vertex_manner, call_ids=True),
    refusals=Refusals(),
)

_2_5 = Family(
    "2.5-native-audio",
    Behaviour(
        pace=Pace(first_text=0.3, next_text=0.1, first_audio=0.8, speed=3.0),
        hearing=Hearing(
            # Recorded and livekit#2426: AUDIO of the prompt grows by one each turn.
            audio_tokens="one",
            # Public code: a typed turn does not see the frame sent just before.
            sees_frames_in_content=False,
        ),
        second_setup=SETUP_FIRST,
        # pydantic-ai, tried live: 2.5 answers typed input in order afterwards.
        typed_during_reply="queue",
        handle="after_turn",
        marks_turn_start=True,
        # Recorded: one thought part before any output, though no thinking was configured.
        thoughts="shown",
        seeds_history=False,
        echoes_realtime_text=False,
        # Recorded: 1131 for ten words.
        base_tokens=1114,
        content_tokens=5,
        image_tokens=IMAGE_TOKENS,
        unlisted_tokens=0,
        spoken_text_counts=False,
        calling=CALLING_OF_2,
        limits=LIMITS,
    ),
    # pydantic-ai, verified live: a search is told by its result alone. theoremai, probed: so is a page that is read.
    Manner(lookups="result"),
    Manner(role=True, vertex_names=True, grounding_at_end=True, voice_activity_asked="alone", lookups="result"),
    # Documented: searches only. Probed 2026-09: it reads pages all the same.
    Refusals(text_modality="voices", google_tools=SEARCH_AND_URLS),
    thinks_by_default=True,
    vertex_sensitivity=("LOW", "HIGH"),
)

_3_1_MANNER = Manner(
    opening=(EMPTY_CONTENT,),
    # Recorded: a handle and an empty serverContent after the response.
    reopens=True,
    transcription="beside",
    # Recorded: one whole sentence; pydantic-ai, verified live: also when the setup does not ask for it.
    input_grain="sentence",
    transcribes_unasked=True,
    # Recorded: beside an empty serverContent, unasked.
    voice_activity="beside",
    voice_activity_asked="beside",
)

_3_1 = Family(
    "3.1",
    Behaviour(
        # Measured: first audio at 1.44 s, 10.56 s of audio within 2.9 s.
        pace=Pace(first_text=0.4, next_text=0.1, first_audio=1.4, speed=3.6),
        hearing=Hearing(
            # Measured: a pause of 1.0 s ends the turn, 24 of 24 (live-api-examples#37); 6 s asked for end at about 2 s.
            most_silence_ms=2000,
            # Documented default of 3.x.
            coverage="activity_and_video",
            # Measured: audioStreamEnd ends the turn; without it and without silence nothing does.
            stream_end="ends",
            idle_end=0.0,
        ),
        second_setup=SETUP_FIRST,
        typed_during_reply="interrupt",
        # Recorded: unasked, UUID, at turn start.
        handle="turn_start",
        marks_turn_start=False,
        # Recorded: hidden, and no count at the default (minimal) level.
        thoughts="counted",
        seeds_history=True,
        # voiceclaw: typed realtime text comes back as inputTranscription.
        echoes_realtime_text=True,
        base_tokens=40,
        content_tokens=5,
        image_tokens=IMAGE_TOKENS,
        # Recorded: 482 in all, 360 listed.
        unlisted_tokens=122,
        spoken_text_counts=False,
        # Recorded.
        tool_id="fc",
        calling=Calling(
            # pydantic-ai, tried live: NON_BLOCKING is taken, and blocks.
            non_blocking="never",
            # Recorded: 69 tokens where 57 are listed.
            listed=False,
            json_schema=True,
        ),
        limits=LIMITS,
    ),
    _3_1_MANNER,
    replace(_3_1_MANNER, role=True, vertex_names=True, voice_activity="none"),
    # Documented for 3.x: no code execution, no URL context.
    Refusals(media_chunks=True, tool_parts=True, file_data=True, google_tools=SEARCH_ONLY),
)

_3_8_MANNER = Manner(
    role=True,
    # Recorded: {} and serverContent:{} open the turn, {} stands before nearly each audio message.
    opening=(EMPTY, EMPTY_CONTENT),
    before_audio=(EMPTY,),
    reopens=True,
    transcription="beside",
    words_end_with_blank=True,
    input_grain="sentence",
    transcribes_unasked=True,
    # Recorded: a message of its own, unasked.
    voice_activity="alone",
    voice_activity_asked="alone",
)

_3_8 = Family(
    "3.8",
    Behaviour(
        # Measured: 4.7 s of audio in 0.9 to 1.2 s.
        pace=Pace(first_text=0.4, next_text=0.1, first_audio=0.9, speed=4.5),
        hearing=Hearing(
            # Measured: activity end, transcription and tool call 1.15 to 1.28 s after the last speech.
            silence_ms=1000,
            coverage="activity_and_video",
            # openclaw#152830: audioStreamEnd is ignored, and without audio that goes on the turn does not end.
            stream_end="ignored",
            idle_end=0.0,
            # Public code: send the image inside the turn.
            sees_frames_in_content=False,
        ),
        second_setup=SETUP_FIRST,
        # Documented: turn_complete interrupts unconditionally.
        typed_during_reply="interrupt",
        # Measured: exactly one update per connection, right after setup, unasked.
        handle="after_setup",
        marks_turn_start=False,
        thoughts="counted",
        seeds_history=True,
        echoes_realtime_text=False,
        # Recorded: 313 text tokens for a short session.
        base_tokens=300,
        content_tokens=5,
        # Recorded: 272 for one JPEG.
        image_tokens=272,
        unlisted_tokens=0,
        spoken_text_counts=False,
        # Measured 2026-09.
        tool_id="call",
        calling=Calling(
            # Measured: calls end their turn at once, unless they are declared BLOCKING.
            non_blocking="default",
            # Measured: toolCallCancellation in none of 41 sessions; typed input had BLOCKING calls made again, 5 of 6.
            interrupted="again",
            typed="interrupt",
            # Public code, tried live: a response on a resumed session gives an empty turn.
            unsolicited="empty_turn",
            # livekit/agents#7302 (2026-09), 40 calls: 3.1 and 3.8 take it, and what they call with is better for it.
            json_schema=True,
        ),
        resumption=Resumption(
            # Logs of 2026: 450 of 450 attempts while the old connection was open, 12 of 12 right after a drop; 1 to
            # 1.6 s later it worked. After a close by the client the next attempt did, in about 0.5 s: taken for how
            # long it took, since ADK and strands come back at once.
            while_open="refused",
            after_drop=1.3,
            # The same logs: pending calls survive, and take a response with their old id. Public code, tried live, saw
            # an empty turn instead (Calling.unsolicited), which answers ids that are unknown.
            pending_calls="survive",
        ),
        # Logs of 2026: a silent connection was closed after about 480 s.
        limits=replace(LIMITS, idle=480.0),
    ),
    _3_8_MANNER,
    replace(_3_8_MANNER, vertex_names=True, voice_activity="none"),
    Refusals(media_chunks=True, thinking="none", proactive_off=True, google_tools=SEARCH_ONLY),
    thinks_by_default=True,
    always_proactive=True,
)

_3_8_EXTENDED = replace(
    _3_8,
    name="3.8-extended-thinking",
    # Thinking first: the delay is inferred.
    behaviour=replace(
        _3_8.behaviour,
        pace=replace(_3_8.behaviour.pace, first_audio=2.0),
        calling=replace(
            _3_8.behaviour.calling,
            # openclaw#152413: only NON_BLOCKING, no scheduling, interim results are abandoned.
            non_blocking="only",
            scheduling="refused",
            interim="abandoned",
            # Documented: what is said before a call is a turn of its own, then comes the call.
            after_turn=True,
            # roomkit#42.
            nameless="failed",
        ),
    ),
    manner=replace(_3_8_MANNER, interaction_status=True),
    vertex_manner=replace(_3_8_MANNER, interaction_status=True, vertex_names=True, voice_activity="none"),
    refusals=replace(_3_8.refusals, thinking="required"),
)

FAMILIES: Mapping[str, Family] = {
    family.name: family for family in (_2_0, _HALF_CASCADE, _2_5, _3_1, _3_8, _3_8_EXTENDED)
}


PAST: Mapping[str, Family] = {
    # Log of December 2024 (community thread on summaries of audio conversations): both modalities were taken; a typed
    # request got serverContent:{} and turnComplete within 120 ms, and no generationComplete, which was not known then.
    # Its program asks for both in a form that google-genai 0.3.0, the newest then, leaves out: none was on the wire.
    "2.0-2024": replace(
        _2_0,
        name="2.0-2024",
        refusals=replace(_2_0.refusals, two_modalities=False),
        manner=replace(_2_0.manner, opening=(EMPTY_CONTENT,), generation_complete=False),
    )
}
"""Families as they were, for clients of that time; no model is taken for one unless ``--profile`` says so."""

PROFILES: Mapping[str, Family] = {**FAMILIES, **PAST}
"""All that a server can be told to answer as."""

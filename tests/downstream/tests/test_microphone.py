"""Speech goes in, and stops the answer."""

import pytest

STORY = "Once upon a time there was a desk that talked and talked, until somebody asked it to be quiet."


async def test_speech_is_answered(gemlive, desk, microphone):
    gemlive.when(heard="open").say("From nine to five.")
    async with desk:
        await desk.listen(microphone(gemlive.speech("When are you open?")))
        assert await desk.answer() == "From nine to five."
    assert desk.transcript == [("user", "When are you open?"), ("desk", "From nine to five.")]


async def test_the_microphone_comes_through_as_it_is(gemlive, desk, microphone):
    spoken = gemlive.speech("Good morning.")
    async with desk:
        await desk.listen(microphone(spoken))
        await gemlive.wait_for("heard", text="Good morning.")
    assert gemlive.session.audio_sent == spoken


async def test_the_end_of_the_stream_is_told(gemlive, desk, microphone):
    async with desk:
        await desk.listen(microphone(gemlive.speech("Good morning.")))
        await desk.answer()
    gemlive.session.assert_sent("realtimeInput", audioStreamEnd=True, times=1)


@pytest.mark.gemlive(clock="manual", pace="family")
async def test_the_speaker_is_silent_as_soon_as_the_user_speaks(gemlive, desk):
    gemlive.when(text="story").say(STORY)
    async with desk:
        await desk.type("Tell me a story")
        await gemlive.advance(3)
        gemlive.live().interrupt()
        await desk.answer()
        assert desk.speaker.waiting == b""
    gemlive.session.assert_interrupted(times=1, heard_ms=3000)


@pytest.mark.gemlive(clock="manual", pace="family")
async def test_a_new_question_by_voice_goes_before_the_answer(gemlive, desk):
    gemlive.when(text="story").say(STORY)
    gemlive.when(heard="stop").say("Very well.")
    async with desk:
        await desk.type("Tell me a story")
        await gemlive.advance(3)
        gemlive.live().say("Stop, please.")
        assert STORY.startswith(await desk.answer())
        await gemlive.advance(5)
        assert await desk.answer() == "Very well."
    assert desk.transcript[-2:] == [("user", "Stop, please."), ("desk", "Very well.")]

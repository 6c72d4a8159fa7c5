"""Server messages as the events that ``talk`` prints."""

import base64
import json

import pytest

from gemlive_emulator.cli.told import Account, Sentences, Told, rate_told

SECOND = base64.b64encode(bytes(48000)).decode()
MIME = "audio/pcm;rate=24000"


def events(*messages: dict, account: Account | None = None) -> list[tuple[str, str]]:
    account = account or Account()
    return [(told.event, told.words) for message in messages for told in account.tell(message, 1.0)]


def content(**fields: object) -> dict:
    return {"serverContent": fields}


def sound(base64: str = SECOND, mime_type: str = MIME) -> dict:
    return content(modelTurn={"parts": [{"inlineData": {"data": base64, "mimeType": mime_type}}]})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({}, []),
        ({"serverContent": {}}, []),
        ({"setupComplete": {}}, [("setup-complete", "")]),
        ({"setupComplete": {"sessionId": "s-1"}}, [("setup-complete", "session s-1")]),
        (
            {"serverContent": {}, "voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "0.200s"}},
            [("activity-start", "decided 0.200s into the audio")],
        ),
        ({"voiceActivity": {"voiceActivityType": "ACTIVITY_END"}}, [("activity-end", "")]),
        ({"voiceActivity": {"type": "ELSE"}}, [("voice-activity", "")]),
        (
            {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_SOS"}},
            [("activity-start", "VAD_SIGNAL_TYPE_SOS")],
        ),
        (
            {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_EOS"}},
            [("activity-end", "VAD_SIGNAL_TYPE_EOS")],
        ),
        (content(inputTranscription={"text": "Hi\nthere"}), [("heard", '"Hi there"')]),
        (content(inputTranscription={}, outputTranscription={"finished": True}), []),
        (content(outputTranscription={"text": "Yes."}), [("says", '"Yes."')]),
        (content(modelTurn={"parts": [{"text": "Yes."}]}), [("says", '"Yes."')]),
        (content(modelTurn={"parts": [{"text": "Well", "thought": True}]}), [("thinks", '"Well"')]),
        (content(generationComplete=True), [("generation-complete", "")]),
        (content(waitingForInput=True), [("waiting-for-input", "the model has chosen not to answer")]),
        (
            {"toolCall": {"functionCalls": [{"id": "1", "name": "look", "args": {"at": "it"}}, {"name": "go"}]}},
            [("tool-call", 'look({"at": "it"}), go({}); talk does not answer it')],
        ),
        ({"toolCallCancellation": {"ids": ["1", "2"]}}, [("tool-call-cancelled", "1, 2")]),
        ({"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}}, [("handle", "h")]),
        ({"sessionResumptionUpdate": {}}, [("not-resumable", "just now")]),
        ({"goAway": {"timeLeft": "50s"}}, [("go-away", "50s left")]),
        ({"usageMetadata": {"totalTokenCount": 7}}, [("usage", "tokens: total 7")]),
        ({"newThing": {"a": 1}, "other": 2}, [("other", "newThing, other")]),
        ({"goAway": "odd"}, [("go-away", "")]),
        (sound("?"), [("other", "audio that is no base64")]),
    ],
)
def test_each_message_is_told(message: dict, expected: list[tuple[str, str]]):
    assert events(message) == expected


def test_usage_of_both_services_is_told_beside_the_end_of_the_turn():
    usage = {
        "promptTokenCount": 20,
        "responseTokenCount": 5,
        "thoughtsTokenCount": 3,
        "totalTokenCount": 25,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12}, {"modality": "AUDIO", "tokenCount": 8}],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}],
    }
    words = "tokens: prompt 20 (TEXT 12, AUDIO 8), response 5 (AUDIO 5), thoughts 3, total 25"
    assert events({**content(turnComplete=True), "usageMetadata": usage}) == [("turn-complete", words)]
    vertex = {"candidatesTokenCount": 5, "candidatesTokensDetails": [{"modality": "AUDIO"}]}
    expected = [("turn-complete", "tokens: response 5 (AUDIO 0)")]
    assert events({**content(turnComplete=True), "usageMetadata": vertex}) == expected


def test_sound_is_summed_up_for_each_turn_and_timed_from_the_end_of_what_was_sent():
    account = Account()
    account.input_begins("question.wav")
    account.input_ends(0.25)
    assert account.played_until == 0
    assert events(sound(), account=account) == [("first-audio", "0.750 s after the end of question.wav")]
    assert events(sound(), account=account) == []
    assert account.played_until == 3.0
    ended = events(content(turnComplete=True), account=account)
    assert ended == [("audio", "2.00 s in 2 parts, 96000 bytes"), ("turn-complete", "")]
    account.input_begins("more.wav")
    cut = events(sound(), content(interrupted=True), content(turnComplete=True), account=account)
    assert cut == [
        ("first-audio", "while more.wav is being sent"),
        ("audio", "1.00 s in 1 part, 48000 bytes"),
        ("interrupted", ""),
        ("turn-complete", ""),
    ]
    assert account.sound == b""


def test_an_empty_part_is_not_the_first_sound():
    assert events(sound(""), sound()) == [("first-audio", "while  is being sent")]


def test_the_models_sound_is_kept_if_it_is_wanted():
    account = Account(keeps_sound=True)
    events(sound("AQI=", "audio/pcm"), sound("-_8=", "audio/pcm;rate=16000"), account=account)
    assert (bytes(account.sound), account.rate) == (b"\x01\x02\xfb\xff", 16000)


@pytest.mark.parametrize(
    ("mime_type", "rate"),
    [
        ("audio/pcm;rate=16000", 16000),
        ("audio/pcm", 24000),
        ("", 24000),
        ("audio/pcm; a=b; rate=x", 24000),
        ("a;rate=0", 24000),
    ],
)
def test_the_rate_of_a_part_is_told_by_its_type(mime_type: str, rate: int):
    assert rate_told(mime_type) == rate


def test_an_event_is_a_line_or_a_json_object():
    told = Told(12.3456, "turn-complete", "tokens: total 7", {"usage": {"totalTokenCount": 7}})
    assert told.line() == "  12.346  turn complete         tokens: total 7"
    assert json.loads(told.as_json()) == {"at": 12.3456, "event": "turn-complete", "usage": {"totalTokenCount": 7}}
    assert Told(0.0, "interrupted").line() == "   0.000  interrupted"
    assert "\n" not in Told(0.0, "heard", more={"text": "a\nü"}).as_json()


def said(at: float, text: str, event: str = "says") -> Told:
    return Told(at, event, f'"{text}"', {"text": text})


def joined(*told: Told) -> list[tuple[float, str, str]]:
    sentences = Sentences()
    ready = [one for event in told for one in sentences.join(event)]
    return [(one.at, one.event, one.words) for one in [*ready, *sentences.flush()]]


def test_pieces_become_sentences_with_the_time_of_the_first():
    assert joined(said(1, "It is "), said(2, "so. "), said(3, "And")) == [
        (1, "says", '"It is so."'),
        (3, "says", '"And"'),
    ]


def test_what_somebody_else_says_or_does_ends_a_sentence():
    told = joined(said(1, "Is", "heard"), said(2, "it"), Told(3, "interrupted"), said(4, "so?"))
    assert told == [(1, "heard", '"Is"'), (2, "says", '"it"'), (3, "interrupted", ""), (4, "says", '"so?"')]


def test_the_first_sound_comes_in_the_middle_of_a_sentence_of_the_models_only():
    told = joined(said(1, "It "), Told(2, "first-audio"), said(3, "is."))
    assert told == [(2, "first-audio", ""), (1, "says", '"It is."')]
    told = joined(said(1, "Is it", "heard"), Told(2, "first-audio"), said(3, "Yes."))
    assert told == [(1, "heard", '"Is it"'), (2, "first-audio", ""), (3, "says", '"Yes."')]

"""Rules, scripts and fixed words over HTTP: what a client then gets, and how often each has answered."""

import pytest
from control_house import house
from live_server import said

from gemlive_emulator import ScriptError

WEATHER = {"when": {"text": "weather"}, "then": [{"say": "It is raining."}]}


async def test_a_rule_answers_from_the_next_turn_on_and_is_counted() -> None:
    async with house() as it, it.client() as client:
        it.emulator.when(text="tomorrow").say("From Python.")
        told = await it.post("/rules", rules=[WEATHER], otherwise=[{"say": "Pardon?"}])
        assert [one["when"] for one in told["rules"]] == [
            'the text contains "tomorrow"',
            'the text contains "weather"',
            None,
        ]
        texts = ("What is the weather?", "And the weather tomorrow?", "The weather!", "Bye")
        answers = [said(await it.answer(client, text)) for text in texts]
        assert answers == ["It is raining.", "From Python.", "It is raining.", "Pardon?"]
        told = (await it.get("/rules"))["rules"]
        assert [one["answered"] for one in told] == [1, 2, 1]
        assert told[0]["place"].startswith(__file__)
        assert told[1]["place"] == "POST /rules"


async def test_a_script_holds_sessions_to_it() -> None:
    async with house() as it:
        exchanges = [{"expect": {"text": "Hello"}, "reply": [{"say": "Hello there!"}]}]
        await it.post("/scripts", **{"for": {"connection": 2}, "script": exchanges})
        async with it.client() as other, it.client() as client:
            assert said(await it.answer(other, "Hello")) != "Hello there!"
            assert said(await it.answer(client, "Hello")) == "Hello there!"
        assert (await it.get("/rules"))["scripts"] == [{"place": "POST /scripts", "begun": 1}]


async def test_a_rule_that_no_file_could_have_is_told_with_its_way() -> None:
    async with house() as it:
        error = await it.refused("/rules", 400, rules=[WEATHER, {"when": {"txt": "a"}, "then": [{"sya": "b"}]}])
        assert [(one["message"], one["right"]) for one in error["problems"]] == [
            ("rules[1].when.txt: unknown key 'txt'", "did you mean 'text'?"),
            ("rules[1].then[0].sya: unknown step 'sya'", "did you mean 'say'?"),
        ]
        assert (await it.get("/rules"))["rules"] == []
        error = await it.refused("/rules", 400)
        assert error["message"] == "POST /rules: a scenario that says nothing"
        assert "it needs rules" in error["right"]


@pytest.mark.parametrize("body", [{"script": []}, {"rules": [WEATHER], "script": []}, {"rules": "all"}])
async def test_what_belongs_elsewhere_is_refused(body: dict[str, object]) -> None:
    async with house() as it:
        assert (await it.refused("/rules", 400, **body))["message"]


async def test_the_words_of_speech_are_fixed_beforehand() -> None:
    async with house() as it, it.client():
        assert await it.post("/user-says", text=" What is\nthe weather? ") == {"text": " What is\nthe weather? "}
        assert (await it.refused("/user-says", 400, text=" \n"))["message"] == "text: there are no words in it"


async def test_a_script_that_is_not_kept_to_is_a_failure_and_verify_says_so() -> None:
    async with house() as it:
        exchanges = [{"expect": {"text": text}, "reply": [{"say": "Yes?"}]} for text in ("Hello", "Bye")]
        await it.post("/scripts", script=exchanges)
        assert (await it.post("/verify"))["wrong"] == ["POST /scripts: no session began this script"]
        async with it.client() as client:
            await it.answer(client, "Hello")
            [wrong] = (await it.post("/verify"))["wrong"]
            assert wrong.endswith(': Script exchange 2: the text is "Bye": not reached yet')
            await client.say("What?")
            await it.emulator.advance(60)
            code, words = await client.closed()
        assert code == 1011
        [failure] = (await it.get("/failures"))["failures"]
        assert failure["kind"] == ScriptError.__name__
        assert words[:60] in failure["words"]
        assert failure["session"] == it.emulator.journal.records[0].name
        assert await it.post("/verify") == {"ok": False, "wrong": [f"session {failure['session']}: {failure['words']}"]}
        assert (await it.post("/verify", expect={"noFailures": False}))["ok"]
        await it.post("/reset")
        assert await it.post("/verify") == {"ok": True, "wrong": []}


async def test_verify_looks_at_what_it_is_asked_to() -> None:
    async with house() as it:
        await it.post("/faults", faults=["drop", {"drop": "text", "probability": 0.5}])
        it.emulator.when(text="a rule without steps")
        told = await it.post("/verify")
        assert not told["ok"]
        assert [wrong.partition(": ")[2] for wrong in told["wrong"]] == [
            "this rule has no steps, so it answers nothing",
            "the fault 'drop' never struck",
        ]
        assert (await it.post("/verify", expect={"faultsStruck": False, "scriptsFinished": False}))["ok"]
        assert (await it.refused("/verify", 400, expect={"faults": False}))["message"] == (
            "expect.faults: there is no such field"
        )

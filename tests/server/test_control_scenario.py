"""The scenario over HTTP: what is loaded, another one in its place, and back to the start."""

from pathlib import Path

from control_house import house
from live_server import said

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

DESK = "scenario: desk\notherwise: [{say: This is the desk.}]\n"
SHOP = "scenario: shop\nmodel: gemini-2.0-flash-live-001\nrules: [{when: {text: a}, then: [silence]}]\n---\n" + (
    "scenario: phone\nscript: [{expect: {text: Hello}, reply: [{say: Shop.}]}]\nfaults: [drop]\n"
)
NEW = "otherwise: [{say: This is new.}]"


async def test_what_is_loaded_is_told(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, encoding="utf-8")
    async with house(scenario=str(file)) as it:
        told = await it.get("/scenario")
        assert (told["origin"], told["file"]) == ("file", str(file))
        nothing = {"model": None, "rules": 0, "otherwise": False, "exchanges": 0, "faults": 0}
        assert told["scenarios"] == [
            {**nothing, "name": "shop", "model": "gemini-2.0-flash-live-001", "rules": 1},
            {**nothing, "name": "phone", "exchanges": 1, "faults": 1},
        ]


async def test_another_scenario_answers_sessions_that_begin_later_until_the_reset(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    async with house(scenario=str(file)) as it, it.client() as before:
        told = await it.post("/scenario", text=NEW)
        assert (told["origin"], told["scenarios"][0]["name"]) == ("replaced", "scenario")
        async with it.client() as after:
            assert said(await it.answer(before, "Hello")) == "This is the desk."
            assert said(await it.answer(after, "Hello")) == "This is new."
        assert (await it.post("/reset"))["origin"] == "file"
        async with it.client() as again:
            assert said(await it.answer(again, "Hello")) == "This is the desk."


async def test_where_there_was_none_the_built_in_responder_comes_back() -> None:
    async with house() as it:
        assert await it.get("/scenario") == {"origin": "built-in", "file": None, "scenarios": []}
        await it.post("/scenario", text='{"otherwise": [{"say": "This is JSON."}]}', name="new.json")
        async with it.client(query="?scenario=scenario") as client:
            assert said(await it.answer(client, "Hello")) == "This is JSON."
        await it.post("/reset")
        async with it.client() as client:
            assert said(await it.answer(client, "Hello")) != "This is JSON."


async def test_faults_of_the_scenario_that_was_sent_strike() -> None:
    async with house() as it:
        told = await it.post("/scenario", text="faults: [{send: {lost: true}, at: turn 1}]\n" + NEW)
        assert told["scenarios"][0]["faults"] == 1
        async with it.client() as client:
            assert {"lost": True} in await it.answer(client, "Hello")
        [fault] = (await it.get("/faults"))["faults"]
        assert (fault["place"], fault["struck"]) == ('fault 1 of "scenario"', 1)


async def test_a_scenario_goes_before_a_responder_in_python() -> None:
    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("From Python.")

    emulator = Emulator(Settings(port=0, pace="at-once"), responder=respond)
    async with emulator:
        assert emulator.casting.origin == "responder"
        emulator.use_scenario(NEW)
        assert emulator.casting.origin == "replaced"
        assert [one.name for one in emulator.casting.scenarios] == ["scenario"]
        emulator.reset()
        assert emulator.casting.origin == "responder"


async def test_a_scenario_that_is_wrong_changes_nothing() -> None:
    async with house() as it:
        error = await it.refused("/scenario", 400, text="rules:\n  - when: {txt: a}\n    thn: []\n", name="desk.yaml")
        assert error["message"] == "desk.yaml:2:12: unknown key 'txt'"
        places = [(one["line"], one["column"], one["page"]) for one in error["problems"]]
        assert (2, 12, "docs/errors.md#unknown-key") in places
        assert len(places) == len(set(places)) == 2
        error = await it.refused("/scenario", 400, text="include: /etc/passwd")
        assert "is a file, and this scenario is none" in error["message"]
        assert (await it.get("/scenario"))["origin"] == "built-in"

"""Faults over HTTP: added, struck, told, forgotten; and the catalogue."""

import json

from control_house import house

from gemlive_emulator.scenario.faults.modes import MODES


async def test_a_fault_strikes_on_connections_that_are_open_and_on_those_that_come() -> None:
    async with house() as it, it.client() as early:
        told = await it.post("/faults", faults=[{"send": {"lost": True}, "at": "turn 1"}, "drop"])
        assert [one["name"] for one in told["faults"]] == ["send", "drop"]
        assert told["faults"][0] == {
            "name": "send",
            "place": "POST /faults, fault 1",
            "at": "turn 1",
            "struck": 0,
            "unused": True,
        }
        await it.post("/faults/clear")
        await it.post("/faults", faults=[{"send": {"lost": True}, "at": "turn 1"}])
        await it.emulator.advance(0)
        async with it.client() as late:
            for client in (early, late):
                assert {"lost": True} in await it.answer(client, "Hello")
        [fault] = (await it.get("/faults"))["faults"]
        assert (fault["struck"], fault["unused"]) == (2, False)


async def test_a_named_failure_has_its_real_words() -> None:
    async with house() as it, it.client() as client:
        await it.post("/faults", faults=[{"named": "internal-error", "at": "turn 1"}])
        await client.say("Hello")
        await it.emulator.advance(60)
        assert await client.closed() == (1011, "Internal error encountered.")


async def test_what_is_cleared_strikes_nowhere_any_more() -> None:
    async with house() as it, it.client() as client:
        await it.post("/faults", faults=[{"send": {"lost": True}, "at": "turn 1"}])
        await it.emulator.advance(0)
        assert await it.post("/faults/clear") == {"faults": []}
        await it.emulator.advance(0)
        assert {"lost": True} not in await it.answer(client, "Hello")


async def test_of_several_faults_all_are_taken_or_none() -> None:
    async with house() as it:
        error = await it.refused("/faults", 400, faults=["drop", {"stal": "2s"}])
        assert error["message"] == "POST /faults: faults[1].stal: unknown fault 'stal'"
        assert error["right"] == "did you mean 'stall'?"
        assert [problem["page"] for problem in error["problems"]] == ["docs/errors.md#unknown-fault"]
        assert (await it.get("/faults"))["faults"] == []


async def test_the_catalogue_is_the_one_of_the_command_line() -> None:
    async with house() as it:
        told = (await it.get("/faults/catalogue"))["failures"]
        assert told == json.loads(json.dumps([mode.record for mode in MODES.values()]))

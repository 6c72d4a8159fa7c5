"""What happens to an open session now, over HTTP; its client sees it."""

from typing import Any

import pytest
from control_house import house
from live_server import said


async def test_a_message_comes_now_just_as_it_is() -> None:
    async with house() as it, it.client() as client:
        told = await it.post("/sessions/only/inject", message={"news": [1, 2.5, None]})
        assert told == {"session": it.emulator.journal.records[0].name, "connection": 1}
        await it.post(f"/sessions/{told['session']}/inject", text='{"as": "text"}')
        assert [await client.receive(), await client.receive()] == [{"news": [1, 2.5, None]}, {"as": "text"}]


async def test_the_user_speaks_types_and_breaks_in() -> None:
    async with house() as it, it.client() as client:
        await it.post("/rules", rules=[{"when": {"text": "weather"}, "then": [{"say": "It is raining. " * 20}]}])
        assert not (await it.post("/sessions/only/interrupt"))["interrupted"]
        await it.post("/sessions/only/say", text="What is the weather?")
        await it.emulator.advance(0.4)
        assert (await it.post("/sessions/only/interrupt"))["interrupted"]
        assert any("interrupted" in message["serverContent"] for message in await client.turn())
        await it.post("/sessions/only/say", text="What is the weather?", typed=True)
        await it.emulator.advance(60)
        assert said(await client.turn()).startswith("It is raining. It is raining.")


@pytest.mark.parametrize(("left", "told"), [("5s", "5s"), ("0.5s", "0.500s"), (50, "50s"), (2.5, "2.500s")])
async def test_go_away_is_told_and_nothing_ends(left: Any, told: str) -> None:
    async with house() as it, it.client() as client:
        await it.post("/sessions/only/go-away", timeLeft=left)
        assert await client.receive() == {"goAway": {"timeLeft": told}}
        assert await it.answer(client, "Hello")


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({"code": 1011, "reason": "Internal error encountered."}, (1011, "Internal error encountered.")),
        ({"code": 1000}, (1000, "")),
        ({"how": "eof"}, (1006, "")),
        ({"how": "reset"}, (1006, "")),
    ],
)
async def test_the_connection_ends_now(body: dict[str, Any], seen: tuple[int, str]) -> None:
    async with house() as it, it.client(setup=False) as client:
        await it.post("/sessions/only/close", **body)
        assert await client.closed() == seen


async def test_a_fault_is_for_one_connection() -> None:
    async with house() as it, it.client() as one, it.client() as other:
        name = it.emulator.journal.records[1].name
        told = await it.post(f"/sessions/{name}/faults", faults=[{"send": {"lost": 1}, "at": "turn 1"}])
        assert told["faults"][0]["place"] == f"POST /sessions/{name}/faults, fault 1"
        assert {"lost": 1} not in await it.answer(one, "Hello")
        assert {"lost": 1} in await it.answer(other, "Hello")
        error = await it.refused(f"/sessions/{name}/faults", 400, faults=["drop", {"refuse": {"status": 503}}])
        assert error["problems"][0]["message"] == "'refuse' strikes at the handshake"
        assert len((await it.get("/faults"))["faults"]) == 1


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("inject", {}, "either message or text is needed"),
        ("inject", {"message": {}, "text": ""}, "either message or text is needed"),
        ("inject", {"message": []}, "message: Input should be a valid dictionary"),
        ("say", {"text": " "}, "the text is ' '"),
        ("say", {}, "text: Field required"),
        ("interrupt", {"now": True}, "now: there is no such field"),
        ("go-away", {"timeLeft": "5"}, "timeLeft is '5'"),
        ("go-away", {"timeLeft": -1}, "the time left is -1.0"),
        ("close", {}, "code is missing"),
        ("close", {"code": 1005}, "1005 is no close code that can be sent"),
        ("close", {"code": 1011, "how": "reset"}, "no code and no words go out with how: reset"),
        ("close", {"how": "slam"}, "how: Input should be 'frame', 'eof' or 'reset'"),
        ("faults", {"faults": [1]}, "a fault is needed here"),
    ],
)
async def test_a_wrong_body_is_told_what_would_be_right(action: str, body: dict[str, Any], words: str) -> None:
    async with house() as it, it.client() as client:
        error = await it.refused(f"/sessions/only/{action}", 400, **body)
        assert words in error["message"]
        assert await it.answer(client, "Hello")


async def test_which_session_is_meant_has_to_be_clear() -> None:
    async with house() as it:
        assert (await it.refused("/sessions/only/interrupt", 409))["message"] == "no sessions are open"
        async with it.client(setup=False), it.client():
            first, second = (record.name for record in it.emulator.journal.records)
            error = await it.refused("/sessions/only/interrupt", 409)
            assert error["message"] == "2 sessions are open"
            assert error["right"] == f"name one of {first}, {second}"
            error = await it.refused(f"/sessions/{first[:-1]}/interrupt", 404)
            assert f"did you mean '{first}'" in error["right"]
            error = await it.refused("/sessions/a%3B%20b/interrupt", 404)
            assert error["message"] == "no session 'a; b' is open"
            error = await it.refused(f"/sessions/{first}/say", 409, text="Hello")
            assert error["right"] == "wait for setupComplete"

"""The model calls the desk's functions."""

import asyncio

from voice_desk import BlockingDesk, VoiceDesk


def price(dish: str) -> int:
    """What a dish costs."""
    return {"soup": 7, "fish": 21}[dish]


def test_a_function_is_called_and_its_result_said(gemlive):
    gemlive.when(text="soup").call("price", dish="soup").say("That is {result} euros.")
    with BlockingDesk(price) as desk:
        assert desk.ask("How much is the soup?") == "That is 7 euros."
    gemlive.session.assert_called("price", dish="soup", times=1)
    gemlive.session.assert_answered("price", {"result": 7})


def test_what_a_function_raises_is_told_to_the_model(gemlive):
    gemlive.when(text="cake").call("price", dish="cake", if_error=[{"say": "We have none."}]).say("Gladly.")
    with BlockingDesk(price) as desk:
        assert desk.ask("How much is the cake?") == "We have none."


def test_each_of_two_calls_gets_its_own_answer(gemlive):
    soup, fish = ({"call": "price", "args": {"dish": dish}, "as": dish} for dish in ("soup", "fish"))
    gemlive.when(text="both").calls([soup, fish]).say("{results.soup} and {results.fish}.")
    with BlockingDesk(price) as desk:
        assert desk.ask("How much are both?") == "7 and 21."


async def test_a_function_may_take_its_time(gemlive):
    async def reserve(people: int) -> str:
        """Reserve a table."""
        await asyncio.sleep(0.01)
        return f"table for {people}"

    gemlive.when(text={"like": "table for {people}"}).call("reserve", people="{words.people}").say("Your {result}.")
    async with VoiceDesk(reserve) as desk:
        assert await desk.ask("A table for 4") == "Your table for 4."


async def test_a_call_that_the_model_took_back_is_not_answered(gemlive):
    ready = asyncio.Event()

    async def kitchen() -> str:
        """Ask the kitchen."""
        await ready.wait()
        return "It is ready."

    gemlive.when(text="fish").call("kitchen").say("{result}")
    async with VoiceDesk(kitchen) as desk:
        await desk.type("Is the fish ready?")
        await gemlive.wait_for("tool_calls", name="kitchen")
        gemlive.live().interrupt()
        await desk.answer()
        ready.set()
        await desk.ask("Never mind")
    assert gemlive.session.calls[0].cancelled
    gemlive.session.assert_not_sent("toolResponse")

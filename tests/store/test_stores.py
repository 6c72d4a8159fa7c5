"""What every store does, whatever it is made of: the same tests over memory, a SQLite file and a real Redis server."""

import asyncio
from dataclasses import fields

import pytest

from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.session.steps import Said
from gemlive_emulator.store.opening import make_store
from servers import LASTS, PENDING, history, settled, texts

NOW = 1_000_000.0


async def test_a_handle_that_was_never_given_finds_nothing(store):
    assert await settled(store.find("nobody", NOW)) is None


async def test_a_snapshot_comes_back_as_it_was(store):
    said = history("Hello.", "Good day!", "And now?", 'A "quote", ünïcode and \ud800.', turns=2)
    said.age, said.pending = 12.5, (PENDING,)
    snapshot = said.snapshot()
    await settled(store.scribe("a-model", "a-key", "a-session").remember("h", snapshot, NOW))
    kept = await settled(store.find("h", NOW))
    assert (kept.model, kept.key, kept.session) == ("a-model", "a-key", "a-session")
    assert isinstance(kept.snapshot, Snapshot)
    for field in fields(Snapshot):
        if field.name != "history":
            assert getattr(kept.snapshot, field.name) == getattr(snapshot, field.name)
    assert kept.snapshot.restore() == snapshot.restore()


async def test_a_snapshot_of_a_compressed_context_comes_back_without_what_it_lost(store):
    said = history("one", "two", "three", "four", turns=2)
    assert said.compress(20)
    await settled(store.scribe().remember("h", said.snapshot(), NOW))
    kept = await settled(store.find("h", NOW))
    assert texts(kept) == ["three", "four"]
    assert kept.snapshot.restore() == said.snapshot().restore()


async def test_a_moment_does_not_hear_what_is_said_later(store):
    said, scribe = history("one", "two"), store.scribe()
    await settled(scribe.remember("first", said.snapshot(), NOW))
    said.add(Said("user", "three"), 0)
    await settled(scribe.remember("second", said.snapshot(), NOW))
    assert texts(await settled(store.find("first", NOW))) == ["one", "two"]
    assert texts(await settled(store.find("second", NOW))) == ["one", "two", "three"]


async def test_nothing_has_to_be_followed_where_handles_stand_for_moments(store):
    said, scribe = history("one"), store.scribe()
    assert not scribe.behind
    await settled(scribe.remember("h", said.snapshot(), NOW))
    said.add(Said("user", "two"), 0)
    assert not scribe.behind


async def test_a_handle_of_the_session_itself_hears_what_is_said_later_once_it_was_followed(store):
    said, scribe = History(), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    assert not scribe.behind
    for text in ("one", "two", "three"):
        said.add(Said("user", text), 0)
        assert scribe.behind
        await settled(scribe.follow(NOW))
        assert not scribe.behind
    kept = await settled(store.find("h", NOW))
    assert isinstance(kept.snapshot, LiveSnapshot)
    assert texts(kept) == ["one", "two", "three"]
    assert kept.snapshot.restore() == LiveSnapshot(said).restore()


@pytest.mark.parametrize(("what", "value"), [("age", 61.5), ("pending", (PENDING,))])
async def test_what_is_true_of_a_session_as_a_whole_is_followed_too(store, what, value):
    """The age that a client was told, and the calls that it was sent: nobody said anything new."""
    said, scribe = history("one"), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    setattr(said, what, value)
    if scribe.behind:
        await settled(scribe.follow(NOW))
    assert not scribe.behind
    kept = await settled(store.find("h", NOW))
    assert getattr(kept.snapshot.restore(), what) == value


async def test_a_handle_that_is_used_twice_gives_two_histories_that_share_nothing(store):
    said = history("one", "two")
    said.pending = (PENDING,)
    await settled(store.scribe().remember("h", LiveSnapshot(said), NOW))
    first, second = [(await settled(store.find("h", NOW))).snapshot.restore() for _ in range(2)]
    first.add(Said("user", "three"), 0)
    first.count("TEXT", 5)
    first.pending = ()
    assert (len(first.entries), len(second.entries), len(said.entries)) == (3, 2, 2)
    assert second == (await settled(store.find("h", NOW))).snapshot.restore()


async def test_what_an_entry_costs_may_grow_after_it_was_written(store):
    said, scribe = history("one"), store.scribe()
    await settled(scribe.remember("first", said.snapshot(), NOW))
    said.count("IMAGE", 258)
    said.add(Said("model", "two"), 0)
    await settled(scribe.remember("second", said.snapshot(), NOW))
    assert (await settled(store.find("second", NOW))).snapshot.restore() == said.snapshot().restore()


async def test_the_same_handle_again_takes_the_place_of_the_first(store):
    await settled(store.scribe().remember("h", history("first").snapshot(), NOW))
    await settled(store.scribe().remember("h", LiveSnapshot(history("second")), NOW))
    assert texts(await settled(store.find("h", NOW))) == ["second"]
    await settled(store.scribe().remember("h", history("third").snapshot(), NOW))
    assert texts(await settled(store.find("h", NOW))) == ["third"]


async def test_a_handle_can_be_used_again_until_it_lapses(store):
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    for later in (0.0, 1.0, LASTS - 0.5):
        assert texts(await settled(store.find("h", NOW + later))) == ["one"]
    assert await settled(store.find("h", NOW + LASTS)) is None


async def test_the_handle_of_a_session_lasts_from_what_was_said_last(store):
    said, scribe = History(), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    said.add(Said("user", "one"), 0)
    await settled(scribe.follow(NOW + 90))
    assert texts(await settled(store.find("h", NOW + 90 + LASTS - 0.5))) == ["one"]
    assert await settled(store.find("h", NOW + 90 + LASTS)) is None


async def test_a_session_that_was_silent_until_all_lapsed_is_written_whole_again(store):
    said, scribe = history("one", "two"), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    much_later = NOW + 50 * LASTS
    # Somebody else's change is when a store looks for what has lapsed.
    await settled(store.scribe().remember("other", history("x").snapshot(), much_later))
    said.add(Said("user", "three"), 0)
    await settled(scribe.follow(much_later))
    assert texts(await settled(store.find("h", much_later))) == ["one", "two", "three"]


async def test_one_handle_can_be_forgotten_and_the_others_go_on(store):
    said, scribe = history("one"), store.scribe()
    await settled(scribe.remember("a", said.snapshot(), NOW))
    await settled(scribe.remember("b", said.snapshot(), NOW))
    await settled(scribe.forget("a"))
    await settled(scribe.forget("never there"))
    assert await settled(store.find("a", NOW)) is None
    assert texts(await settled(store.find("b", NOW))) == ["one"]


async def test_a_session_that_goes_on_does_not_bring_a_forgotten_handle_back(store):
    said, scribe = History(), store.scribe()
    await settled(scribe.remember("a", LiveSnapshot(said), NOW))
    await settled(scribe.remember("b", LiveSnapshot(said), NOW))
    await settled(scribe.forget("a"))
    said.add(Said("user", "one"), 0)
    await settled(scribe.follow(NOW))
    assert await settled(store.find("a", NOW)) is None
    assert texts(await settled(store.find("b", NOW))) == ["one"]
    await settled(scribe.forget("b"))
    said.add(Said("user", "two"), 0)
    assert not scribe.behind


async def test_orders_are_done_as_they_were_given(store):
    said, scribe = History(), store.scribe()
    answers = []
    for number in range(50):
        said.add(Said("user", str(number)), 0)
        answers.append(scribe.remember(f"h{number}", said.snapshot(), NOW))
        answers.append(store.find(f"h{number}", NOW))
    found = [await settled(answer) for answer in answers]
    assert [texts(kept) for kept in found[1::2]] == [[str(n) for n in range(number + 1)] for number in range(50)]


@pytest.mark.parametrize("length", [3, 2000])
async def test_long_histories_come_back_whole(store, length):
    said = History()
    for number in range(length):
        said.add(Said("user", f"turn {number}"), 1)
    await settled(store.scribe().remember("h", said.snapshot(), NOW))
    assert (await settled(store.find("h", NOW))).snapshot.restore() == said.snapshot().restore()


# Counters.


async def test_there_are_as_many_places_as_there_are(store):
    taken = [await settled(store.take("key", holder, 3, 60.0, NOW)) for holder in "abcd"]
    assert taken == [True, True, True, False]
    assert await settled(store.take("other key", "d", 3, 60.0, NOW))
    await settled(store.give_back("key", "b"))
    await settled(store.give_back("key", "b"))
    await settled(store.give_back("no key", "b"))
    assert await settled(store.take("key", "d", 3, 60.0, NOW))
    assert not await settled(store.take("key", "b", 3, 60.0, NOW))


async def test_who_has_a_place_keeps_it_by_taking_it_again(store):
    assert await settled(store.take("session", "here", 1, 10.0, NOW))
    assert await settled(store.take("session", "here", 1, 10.0, NOW + 9))
    assert not await settled(store.take("session", "there", 1, 10.0, NOW + 18.5))
    assert await settled(store.take("session", "there", 1, 10.0, NOW + 19))
    assert not await settled(store.take("session", "here", 1, 10.0, NOW + 19))


async def test_nobody_gives_back_the_place_of_another(store):
    assert await settled(store.take("session", "here", 1, 10.0, NOW))
    await settled(store.give_back("session", "there"))
    assert not await settled(store.take("session", "there", 1, 10.0, NOW))


async def test_what_is_spent_adds_up_until_the_window_ends(store):
    first = await settled(store.spend("tokens", 100, 60.0, NOW))
    assert (first.total, first.until) == (100, NOW + 60)
    second = await settled(store.spend("tokens", 50.5, 60.0, NOW + 59))
    assert (second.total, second.until) == (150.5, NOW + 60)
    assert (await settled(store.spend("other", 1, 60.0, NOW + 59))).total == 1
    third = await settled(store.spend("tokens", 7, 60.0, NOW + 60))
    assert (third.total, third.until) == (7, NOW + 120)


async def test_nothing_spent_asks_how_much_it_is(store):
    await settled(store.spend("tokens", 30, 60.0, NOW))
    assert (await settled(store.spend("tokens", 0, 60.0, NOW + 1))).total == 30


async def test_asking_begins_no_window(store):
    assert (await settled(store.spend("tokens", 0, 60.0, NOW))).total == 0
    assert (await settled(store.spend("tokens", 3, 60.0, NOW + 50))).until == NOW + 110
    assert (await settled(store.spend("tokens", 0, 60.0, NOW + 110))).total == 0
    assert (await settled(store.spend("tokens", 1, 60.0, NOW + 115))).until == NOW + 175


async def test_what_was_spent_can_be_given_back(store):
    await settled(store.spend("sessions", 1, 60.0, NOW))
    assert (await settled(store.spend("sessions", -1, 60.0, NOW))).total == 0


async def test_places_that_are_taken_can_be_counted(store):
    assert await settled(store.taken("key", NOW)) == 0
    for holder, lasts in (("a", 10.0), ("b", 20.0)):
        await settled(store.take("key", holder, 3, lasts, NOW))
    assert [await settled(store.taken("key", NOW + later)) for later in (0, 9.5, 10, 20)] == [2, 2, 1, 0]


async def test_a_note_is_kept_for_its_time(store):
    assert await settled(store.noted("token", NOW)) is None
    await settled(store.note("token", "some text", 10.0, NOW))
    await settled(store.note("token", 'an "other" täxt, with blanks', 10.0, NOW + 1))
    assert await settled(store.noted("token", NOW + 10.5)) == 'an "other" täxt, with blanks'
    assert await settled(store.noted("token", NOW + 11)) is None


async def test_a_reset_forgets_counts_and_notes_that_are_not_shared(store):
    await settled(store.take("key", "a", 3, 10.0, NOW))
    await settled(store.spend("tokens", 1, 60.0, NOW))
    await settled(store.note("token", "text", 60.0, NOW))
    store.reset()
    left = [
        await settled(store.taken("key", NOW)),
        (await settled(store.spend("tokens", 0, 60.0, NOW))).total,
        await settled(store.noted("token", NOW)),
    ]
    assert left == ([1, 1, "text"] if store.shared else [0, 0, None])


async def test_of_many_who_want_a_place_at_once_as_many_get_one_as_there_are(store):
    wanted = [store.take("key", str(number), 3, 60.0, NOW) for number in range(100)]
    assert sum([await settled(taken) for taken in wanted]) == 3


# Outside this process.


@pytest.fixture
async def two(where):
    """Two stores in the same place, as of two emulators."""
    both = [make_store(where, LASTS) for _ in range(2)]
    await asyncio.gather(*(store.open() for store in both))
    yield both
    for store in both:
        await store.close()


async def test_a_session_begun_at_one_emulator_is_found_at_another(two):
    here, there = two
    said, scribe = history("one"), here.scribe("m")
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    assert texts(await settled(there.find("h", NOW))) == ["one"]
    said.add(Said("model", "two"), 0)
    await settled(scribe.follow(NOW))
    kept = await settled(there.find("h", NOW))
    assert (texts(kept), kept.model) == (["one", "two"], "m")


async def test_counts_hold_for_both(two):
    taken = [store.take("key", f"{at}", 5, 60.0, NOW) for at in range(20) for store in two]
    assert sum([await settled(one) for one in taken]) == 10  # five holders, each asked by both
    spent = [store.spend("tokens", 1, 60.0, NOW) for _ in range(100) for store in two]
    assert max([(await settled(one)).total for one in spent]) == 200


async def test_what_was_stored_is_there_after_all_was_closed(where, two):
    here, there = two
    await settled(here.scribe().remember("h", history("one").snapshot(), NOW))
    await here.close()
    await there.close()
    again = make_store(where, LASTS)
    await again.open()
    assert texts(await settled(again.find("h", NOW))) == ["one"]
    await again.close()


async def test_closing_finishes_what_was_begun(where, two):
    here, there = two
    stored = here.scribe().remember("h", history("one").snapshot(), NOW)
    await here.close()
    assert stored.done()
    assert texts(await settled(there.find("h", NOW))) == ["one"]

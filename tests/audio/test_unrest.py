"""What is asked of a start depends on how far, and how evenly, sound rises while nobody speaks."""

from gemlive_emulator.audio.unrest import Unrest


def after(*rises: float, times: int = 200) -> Unrest:
    unrest = Unrest()
    for _ in range(times):
        for rise in rises:
            unrest.hear(rise)
    return unrest


def test_what_rises_evenly_is_learned_as_it_is():
    unrest = after(2.0, times=1_000)
    assert 2.0 <= unrest.level < 2.1
    assert unrest.level <= unrest.reach < unrest.level + 0.2
    assert unrest.threshold > unrest.reach


def test_the_level_lies_nearer_to_what_is_loud():
    assert after(1.0, 5.0).level > 3.5


def test_a_start_reaches_further_above_what_comes_and_goes():
    even, uneven = after(4.0), after(1.0, 5.0)
    assert uneven.level < even.level + 0.5
    assert uneven.reach > even.reach + 2.0


def test_but_not_without_limit():
    unrest = after(*[0.0] * 19, 30.0)
    assert unrest.reach == 2.6 * unrest.level


def test_much_is_asked_for_before_anything_is_known():
    assert Unrest().threshold > after(2.0, times=1_000).threshold
    assert Unrest().reach > after(2.0).reach


def test_a_floor_that_was_just_put_where_noise_lies_leaves_little_to_rise():
    unrest, quiet = after(4.0, 12.0), after(1.0)
    unrest.settle()
    assert (unrest.level, unrest.threshold, unrest.reach) == (2.0, 3.0, 2.0 + 2.8)
    before = quiet.level, quiet.reach
    quiet.settle()
    assert (quiet.level, quiet.reach) == before

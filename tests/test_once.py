"""What several threads ask for at a time is computed once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparsefool.once import once

THREADS = 8


def ask_at_a_time(ask):
    together = threading.Barrier(THREADS)

    def wait_and_ask(number):
        together.wait()
        return ask(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(wait_and_ask, range(THREADS)))


def test_threads_that_ask_at_a_time_get_the_same_value_computed_once():
    computed = []

    @once()
    def value(name):
        computed.append(name)
        threading.Event().wait(0.1)
        return [name]

    found = ask_at_a_time(lambda _: value("a"))
    assert computed == ["a"]
    assert all(each is found[0] for each in found)


def test_values_for_other_arguments_are_computed_side_by_side():
    all_there = threading.Barrier(THREADS)

    @once()
    def value(number):
        all_there.wait(10)
        return number

    assert ask_at_a_time(value) == list(range(THREADS))


def test_an_error_is_not_kept():
    attempts = []

    @once()
    def value():
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("not yet")
        return "here"

    with pytest.raises(OSError, match="not yet"):
        value()
    assert [value(), value()] == ["here", "here"]
    assert len(attempts) == 2


def test_what_was_asked_for_last_is_kept_and_everything_can_be_forgotten():
    computed = []

    @once(most=2)
    def value(number, *, sign=1):
        """Compute it."""
        computed.append(sign * number)
        return sign * number

    assert [value(1), value(2), value(1), value(3), value(1), value(2)] == [1, 2, 1, 3, 1, 2]
    assert computed == [1, 2, 3, 2]
    assert value(2, sign=-1) == -2
    value.cache_clear()
    assert value(2) == 2
    assert computed == [1, 2, 3, 2, -2, 2]
    assert (value.__name__, value.__doc__) == ("value", "Compute it.")


def test_a_value_may_need_another_of_the_same_function():
    @once()
    def factorial(number):
        return number * factorial(number - 1) if number else 1

    assert ask_at_a_time(lambda _: factorial(10)) == [3_628_800] * THREADS

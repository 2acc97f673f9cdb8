import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparsefool.view.shared.serving.turns import by_turns, in_turn, out_of_turn
from tests.pages.attack_page import open_page

PATIENCE = 60
A_MOMENT = 0.2


@pytest.fixture
def other():
    """Return a function that draws in another thread; its result says when it has drawn."""
    with ThreadPoolExecutor(4) as threads:
        yield lambda draw=lambda: None: threads.submit(by_turns(draw))


def test_pages_are_drawn_one_at_a_time_and_every_one_is(other):
    drawing, most = [], []

    def draw():
        drawing.append(1)
        most.append(len(drawing))
        time.sleep(0.01)
        drawing.pop()

    for each in [other(draw) for _ in range(12)]:
        each.result(PATIENCE)
    assert most == [1] * 12


def test_who_has_the_turn_goes_on_and_who_only_waits_lets_others_draw(other):
    with in_turn():
        with in_turn():
            waiting = other()
            time.sleep(A_MOMENT)
        assert not waiting.done()
        with out_of_turn():
            waiting.result(PATIENCE)
        after = other()
        time.sleep(A_MOMENT)
        assert not after.done()
    after.result(PATIENCE)
    with out_of_turn():  # without a turn there is none to give up
        other().result(PATIENCE)


def test_a_page_that_fails_does_not_keep_its_turn(other):
    with pytest.raises(ZeroDivisionError):
        other(lambda: 1 // 0).result(PATIENCE)
    with pytest.raises(ZeroDivisionError), in_turn(), out_of_turn():
        raise ZeroDivisionError
    other().result(PATIENCE)


def test_a_page_waits_for_its_turn(other):
    page = open_page()  # drawn once, it takes a moment
    with in_turn():
        drawn = threading.Thread(target=page.run)
        drawn.start()
        drawn.join(3)
        assert drawn.is_alive()
    drawn.join(PATIENCE)
    other().result(PATIENCE)

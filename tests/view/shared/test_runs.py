import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from sparsefool.backend.work.devices import DevicePool
from sparsefool.backend.work.job import JobState
from sparsefool.errors import Cancelled, QueueFullError
from sparsefool.view.shared.runs import Runs
from sparsefool.view.shared.serving.turns import by_turns, in_turn
from sparsefool.view.shared.status import POLL, update_interval

PATIENCE = 60


@dataclass(frozen=True)
class Question:
    text: str
    about: str = "sums"
    device: str = "cpu"
    networks: tuple[str, ...] = ()

    @property
    def subject(self):
        return (self.about,)


class Answering:
    """Answers questions when it is allowed to, and counts them."""

    def __init__(self):
        self.asked, self.may_answer = [], threading.Event()

    def __call__(self, question, progress):
        self.asked.append(question)
        while not self.may_answer.wait(0.005):
            progress.check()
        return question.text.upper()


@pytest.fixture
def answering():
    answering = Answering()
    yield answering
    answering.may_answer.set()


def wait(runs):
    assert runs.job.wait(PATIENCE)
    return runs


def test_a_page_that_waits_for_its_result_lets_others_draw(answering):
    runs = Runs(answering)
    with ThreadPoolExecutor(1) as threads, in_turn():
        drawn = threads.submit(by_turns(answering.may_answer.set))
        runs.submit(Question("a"))
        assert drawn.done()
        assert runs.current


def test_the_result_of_the_last_request_is_kept_with_its_request(answering):
    answering.may_answer.set()
    runs = Runs(answering)
    runs.submit(Question("a"))
    wait(runs).submit(Question("a"))
    assert (runs.report, runs.completed, runs.current) == ("A", Question("a"), True)
    assert len(answering.asked) == 1


def test_the_last_result_stays_until_the_next_is_there(answering):
    answering.may_answer.set()
    runs = Runs(answering)
    runs.submit(Question("a"))
    wait(runs).collect()
    answering.may_answer.clear()
    runs.submit(Question("b"))
    assert runs.running
    assert not runs.current
    assert runs.report_on(Question("c")) == "A"
    assert runs.report_on(Question("c", about="words")) is None
    answering.may_answer.set()
    wait(runs).collect()
    assert (runs.report, runs.current) == ("B", True)


def test_a_result_that_nobody_picked_up_yet_is_not_lost_by_the_next_request(answering):
    runs = Runs(answering)
    runs.start(Question("a"))
    answering.may_answer.set()
    wait(runs)
    answering.may_answer.clear()
    runs.start(Question("b"))
    assert (runs.report, runs.completed) == ("A", Question("a"))


def test_a_page_goes_on_looking_until_the_result_is_picked_up(answering):
    answering.may_answer.set()
    runs = Runs(answering)
    runs.start(Question("a"))
    wait(runs)
    assert runs.running, "or the page would neither show the result nor look again"
    runs.collect()
    assert not runs.running


def test_a_second_click_does_not_start_a_second_run(answering):
    runs = Runs(answering)
    runs.start(Question("a"))
    job = runs.job
    runs.start(Question("a"))
    assert runs.job is job
    answering.may_answer.set()
    wait(runs).collect()
    assert (len(answering.asked), runs.report) == (1, "A")


def test_a_request_can_be_run_again_after_its_end(answering):
    answering.may_answer.set()
    runs = Runs(answering)
    for _ in range(2):
        runs.start(Question("a"))
        wait(runs).collect()
    assert len(answering.asked) == 2


def test_a_cancelled_run_says_so_even_where_an_earlier_one_had_completed_the_same(answering):
    answering.may_answer.set()
    runs = Runs(answering)
    runs.start(Question("a"))
    wait(runs).collect()
    answering.may_answer.clear()
    runs.start(Question("a"))
    runs.job.cancel()
    wait(runs).collect()
    assert runs.job.state is JobState.CANCELLED
    assert isinstance(runs.error, Cancelled)
    assert (runs.report, runs.completed) == ("A", Question("a"))


def test_a_refusal_is_kept_until_another_run_is_taken(answering, monkeypatch):
    def full(*_, **__):
        raise QueueFullError("full")

    runs = Runs(answering)
    with monkeypatch.context() as patch:
        patch.setattr(DevicePool, "submit", full)
        runs.submit(Question("a"))
    assert isinstance(runs.error, QueueFullError)
    assert not runs.running
    runs.start(Question("a"))
    assert runs.error is None
    assert runs.running


def test_a_known_result_is_taken_and_nothing_is_run(answering):
    runs = Runs(answering, recall={Question("a"): "known"}.get)
    runs.submit(Question("a"))
    assert (runs.report, runs.current, runs.running, runs.job) == ("known", True, False, None)
    answering.may_answer.set()
    runs.submit(Question("b"))
    wait(runs).collect()
    assert (runs.report, answering.asked) == ("B", [Question("b")])
    runs.submit(Question("a"))
    assert (runs.report, len(answering.asked)) == ("known", 1)


def test_a_known_result_takes_the_place_of_a_running_one(answering):
    runs = Runs(answering, recall={Question("a"): "known"}.get)
    runs.submit(Question("b"))
    job = runs.job
    runs.submit(Question("a"))
    assert runs.report == "known"
    assert job.wait(PATIENCE)
    assert job.state is JobState.CANCELLED


def test_start_runs_what_is_known(answering):
    answering.may_answer.set()
    runs = Runs(answering, recall=lambda _: "known")
    runs.submit(Question("a"))
    runs.start(Question("a"))
    wait(runs).submit(Question("a"))
    assert runs.report == "A"


def test_equal_requests_of_two_sessions_share_a_run_if_they_have_a_key(answering):
    first, second = (Runs(answering, key=lambda question: question) for _ in range(2))
    first.start(Question("a"))
    second.start(Question("a"))
    answering.may_answer.set()
    for runs in (first, second):
        wait(runs).collect()
    assert (first.report, second.report, len(answering.asked)) == ("A", "A", 1)


@pytest.mark.parametrize(("people", "times"), [(1, 1), (3, 2), (24, 16), (90, 60)])
def test_of_many_runs_each_is_redrawn_less_often(answering, people, times):
    runs = Runs(answering)
    runs.job = SimpleNamespace(unfinished=people)
    assert update_interval(POLL, runs) == pytest.approx(times * POLL)
    assert update_interval(2.0, runs) == pytest.approx(times * 2.0)

"""Threads of workers that end, and jobs of sessions that have gone."""

import ctypes
import threading

import pytest

from sparsefool.backend.work.devices import DevicePool
from sparsefool.backend.work.job import JobState
from sparsefool.backend.work.run import Run
from sparsefool.errors import QueueFullError
from tests.backend.gate import SOON, Gate, until

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def own_thread(_progress):
    return threading.current_thread()


def kill(thread):
    """Let a thread end as soon as it goes on."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


@pytest.mark.parametrize("victim", [0, 1])
def test_work_of_which_a_thread_was_told_that_is_killed_goes_to_an_idle_one(victim):
    pool, both = DevicePool(["a device"], side_by_side=2), threading.Barrier(2)

    def work(_progress):
        both.wait(SOON)
        return threading.current_thread()

    jobs = [pool.submit(work, session=name) for name in "ab"]
    assert all(job.wait(SOON) for job in jobs)
    kill(jobs[victim].result)
    assert pool.submit(own_thread, session="c").wait(SOON)


def test_a_thread_that_is_killed_while_it_is_idle_is_replaced():
    pool = DevicePool(["a device"], side_by_side=1)
    first = pool.submit(own_thread, session="a")
    assert first.wait(SOON)
    thread = first.result
    kill(thread)
    jobs = [pool.submit(own_thread, session=name) for name in "bc"]
    assert all(job.wait(SOON) for job in jobs)
    assert [job.state for job in jobs] == [JobState.DONE] * 2
    thread.join(SOON)
    assert not thread.is_alive()


def test_a_thread_that_ends_with_its_run_is_replaced_and_the_run_has_failed(monkeypatch):
    finish, deaths = Run.finish, [SystemExit(3)]

    def dying(self, state):
        if deaths:
            raise deaths.pop()
        finish(self, state)

    monkeypatch.setattr(Run, "finish", dying)
    pool = DevicePool(["a device"], side_by_side=1)
    jobs = [pool.submit(own_thread, session=name) for name in "ab"]
    assert all(job.wait(SOON) for job in jobs)
    assert [job.state for job in jobs] == [JobState.FAILED, JobState.DONE]
    assert "has ended" in str(jobs[0].error)


def test_what_a_page_that_was_closed_had_queued_gives_its_place_to_others():
    pool, gate, there = DevicePool(["a device"], side_by_side=1, longest_wait=0.5), Gate(), {"a": True}
    busy = pool.submit(gate, session="busy")
    assert gate.entered.wait(SOON)
    waiting = pool.submit(own_thread, session="a", is_wanted=lambda: there["a"])
    with pytest.raises(QueueFullError):
        pool.submit(own_thread, session="b")
    there["a"] = False
    mine = pool.submit(own_thread, session="b")
    assert (waiting.state, mine.position) == (JobState.CANCELLED, 1)
    gate.open.set()
    assert busy.wait(SOON)
    assert mine.wait(SOON)


def test_work_of_a_page_that_was_closed_while_it_waited_is_not_begun():
    pool, gate, begun = DevicePool(["a device"], side_by_side=1), Gate(), []
    busy = pool.submit(gate, session="busy")
    assert gate.entered.wait(SOON)
    job = pool.submit(begun.append, session="a", is_wanted=lambda: False)
    gate.open.set()
    assert busy.wait(SOON)
    assert job.wait(SOON)
    until(lambda: job.state is JobState.CANCELLED)
    assert not begun

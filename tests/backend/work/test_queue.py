import threading
import time

import pytest

from sparsefool.backend.work.devices import DevicePool, device_pool
from sparsefool.backend.work.job import JobState
from sparsefool.backend.work.worker import FIRST_GUESS, NEWS
from sparsefool.errors import Cancelled, DeviceError, QueueFullError
from tests.backend.gate import SOON, Gate


def one_device(side_by_side=1, **options):
    return DevicePool(["test device"], side_by_side, **options)


@pytest.fixture
def worker():
    return one_device(longest_wait=2.5)


@pytest.fixture
def busy(worker):
    """A worker that is occupied by another session's job until the gate opens."""
    gate = Gate()
    job = worker.submit(gate, session="busy")
    assert gate.entered.wait(SOON)
    yield gate
    gate.open.set()
    assert job.wait(SOON)


def test_a_job_returns_its_result_and_its_last_status(worker):
    def work(progress):
        progress.report(3, 4, "three of four", payload="part")
        return 42

    job = worker.submit(work, session="a")
    assert job.wait(SOON)
    assert (job.state, job.result, job.error) == (JobState.DONE, 42, None)
    assert (job.status.fraction, job.status.text, job.status.payload) == (0.75, "three of four", "part")
    assert job.seconds > 0
    assert job.position == 0


def test_who_watches_a_job_is_told_when_it_is_finished_or_at_once_if_it_is(worker):
    gate, told, earlier = Gate(), threading.Event(), threading.Event()
    job = worker.submit(gate, session="a")
    job.when_finished(earlier.set)
    job.when_finished(told.set)
    assert not told.is_set()
    gate.open.set()
    assert told.wait(SOON)
    assert job.finished
    assert not earlier.is_set(), "the newer one has taken its place"
    job.when_finished(earlier.set)
    assert earlier.is_set()


@pytest.mark.usefixtures("busy")
def test_positions_count_up_from_the_next_job(worker):
    jobs = [worker.submit(Gate(), session=name) for name in "abc"]
    assert [job.position for job in jobs] == [1, 2, 3]
    assert [job.state for job in jobs] == [JobState.WAITING] * 3
    assert [job.seconds for job in jobs] == [0.0] * 3
    jobs[0].cancel()
    assert [job.position for job in jobs] == [0, 1, 2]
    for job in jobs:
        job.cancel()


def test_jobs_count_as_unfinished_while_they_wait_or_run(worker):
    gates = [Gate() for _ in range(3)]
    jobs = [worker.submit(gates[0], session="first")]
    assert gates[0].entered.wait(SOON)  # or the queue would be full
    jobs += [worker.submit(gates[number], session=str(number)) for number in (1, 2)]
    jobs.append(worker.submit(gates[2], session="last"))
    assert jobs[0].unfinished == 4
    jobs[1].cancel()
    assert jobs[0].unfinished == 3
    for gate in gates:
        gate.open.set()
    assert all(job.wait(SOON) for job in jobs)
    assert {job.state for job in jobs} == {JobState.DONE, JobState.CANCELLED}


def test_sessions_take_turns_in_order_of_arrival(worker):
    gate, order = Gate(), []
    first = worker.submit(gate, session="a")
    assert gate.entered.wait(SOON)
    later = [worker.submit(lambda _, name=name: order.append(name), session=name) for name in "bc"]
    again = worker.submit(lambda _: order.append("a"), session="a")
    assert all(job.wait(SOON) for job in [first, *later, again])
    assert first.state == JobState.CANCELLED
    assert order == ["b", "c", "a"]


def test_the_latest_waiting_job_of_a_session_wins_and_keeps_its_place(worker, busy):
    order = []
    old = worker.submit(lambda _: order.append("old"), session="a")
    other = worker.submit(lambda _: order.append("other"), session="b")
    new = worker.submit(lambda _: order.append("new"), session="a")
    assert old.finished
    assert (old.state, type(old.error)) == (JobState.CANCELLED, Cancelled)
    assert (new.position, other.position) == (1, 2)
    busy.open.set()
    assert other.wait(SOON)
    assert new.wait(SOON)
    assert order == ["new", "other"]


def test_a_new_job_cancels_the_running_one_of_its_session(worker):
    gate = Gate()
    running = worker.submit(gate, session="a")
    assert gate.entered.wait(SOON)
    newer = worker.submit(lambda _: "newer", session="a")
    assert newer.wait(SOON)
    assert running.state == JobState.CANCELLED
    assert "newer run" in str(running.error)
    assert newer.result == "newer"


def test_a_job_of_another_session_is_left_alone(worker):
    gate = Gate()
    running = worker.submit(gate, session="a")
    assert gate.entered.wait(SOON)
    other = worker.submit(lambda _: "other", session="b")
    assert not running.wait(0.05)
    gate.open.set()
    assert running.wait(SOON)
    assert other.wait(SOON)
    assert (running.result, other.result) == ("through", "other")


def test_cancel_stops_at_the_next_check(worker):
    steps, entered, proceed = [], threading.Event(), threading.Event()

    def work(progress):
        for step in range(100):
            progress.check()
            steps.append(step)
            entered.set()
            proceed.wait(SOON)

    job = worker.submit(work, session="a")
    assert entered.wait(SOON)
    job.cancel()
    proceed.set()
    assert job.wait(SOON)
    assert job.state == JobState.CANCELLED
    assert str(job.error) == "The run was cancelled."
    assert steps == [0]


def test_cancel_after_the_end_changes_nothing(worker):
    job = worker.submit(lambda _: 1, session="a")
    assert job.wait(SOON)
    job.cancel()
    assert (job.state, job.result) == (JobState.DONE, 1)


@pytest.mark.usefixtures("busy")
def test_a_full_queue_refuses_with_a_message_but_not_a_replacement(worker):
    jobs = [worker.submit(Gate(), session=name) for name in "abc"]
    with pytest.raises(
        QueueFullError, match="3 runs already wait for test device, about 3 s; the limit is 2 s"
    ):
        worker.submit(Gate(), session="d")
    jobs.append(worker.submit(Gate(), session="b"))
    assert [job.position for job in jobs] == [1, 0, 3, 2]
    for job in jobs:
        job.cancel()


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3)])
def test_a_failure_stays_with_its_job(worker, error, caplog):
    def fail(_):
        raise error

    failed = worker.submit(fail, session="a")
    after = worker.submit(lambda _: "fine", session="b")
    assert after.wait(SOON)
    assert (failed.state, failed.error, failed.result) == (JobState.FAILED, error, None)
    assert after.result == "fine"
    assert "session a failed" in caplog.text


def test_equal_requests_at_the_same_time_are_one_run_with_a_job_for_each(worker):
    gate, runs = Gate(), []

    def work(progress):
        runs.append(progress)
        progress.report(1, 2, "half", payload="part")
        return gate(progress)

    first = worker.submit(work, session="a", key="same")
    assert gate.entered.wait(SOON)
    second, other = (worker.submit(work, session=name, key=key) for name, key in (("b", "same"), ("c", "x")))
    assert second.status.payload == "part", "the second watches what the first started"
    assert (second.state, second.position, other.position) == (JobState.RUNNING, 0, 1)
    gate.open.set()
    assert all(job.wait(SOON) for job in (first, second, other))
    assert (first.result, second.result) == ("through", "through")
    assert len(runs) == 2


def test_a_finished_run_is_not_shared(worker):
    results = iter("ab")
    jobs = []
    for _ in range(2):
        jobs.append(worker.submit(lambda _: next(results), session="a", key="same"))
        assert jobs[-1].wait(SOON)
    assert [job.result for job in jobs] == ["a", "b"]


def test_one_who_leaves_does_not_cancel_it_for_the_others(worker):
    gate = Gate()
    jobs = [worker.submit(gate, session=name, key="same") for name in "abc"]
    assert gate.entered.wait(SOON)
    jobs[0].cancel("enough")
    newer = worker.submit(lambda _: "newer", session="b")
    assert [job.state for job in jobs] == [JobState.CANCELLED, JobState.CANCELLED, JobState.RUNNING]
    assert (str(jobs[0].error), jobs[0].result, jobs[0].finished) == ("enough", None, True)
    assert "newer run" in str(jobs[1].error)
    gate.open.set()
    assert jobs[2].wait(SOON)
    assert newer.wait(SOON)
    assert (jobs[2].result, newer.result) == ("through", "newer")
    assert [job.result for job in jobs[:2]] == [None, None]


def test_a_run_ends_when_the_last_of_those_who_wanted_it_leaves(worker):
    gate = Gate()
    jobs = [worker.submit(gate, session=name, key="same") for name in "ab"]
    assert gate.entered.wait(SOON)
    for job in jobs:
        job.cancel()
    assert all(job.wait(SOON) for job in jobs)
    assert [job.state for job in jobs] == [JobState.CANCELLED] * 2
    again = worker.submit(lambda _: "again", session="c", key="same")
    assert again.wait(SOON)
    assert again.result == "again", "what is about to end is not shared"


def test_a_closed_page_leaves_a_shared_run_and_ends_one_of_its_own(worker):
    gate, is_open = Gate(), {"a": True, "b": True}
    jobs = [
        worker.submit(gate, session=name, key="same", is_wanted=lambda name=name: is_open[name])
        for name in "ab"
    ]
    assert gate.entered.wait(SOON)
    is_open["a"] = False
    assert jobs[0].wait(SOON)
    assert "was closed" in str(jobs[0].error)
    assert not jobs[1].wait(0.05)
    is_open["b"] = False
    assert jobs[1].wait(SOON)
    assert jobs[1].state is JobState.CANCELLED


def test_a_failure_is_told_to_all_who_share_the_run(worker):
    gate = Gate()

    def fail(progress):
        gate(progress)
        raise ValueError("broken")

    jobs = [worker.submit(fail, session=name, key="same") for name in "ab"]
    gate.open.set()
    assert all(job.wait(SOON) for job in jobs)
    assert [(job.state, str(job.error)) for job in jobs] == [(JobState.FAILED, "broken")] * 2


@pytest.mark.usefixtures("busy")
def test_a_shared_run_takes_one_place_and_its_own_session_may_go_on(worker):
    jobs = [worker.submit(Gate(), session=name, key="same") for name in "abcde"]
    assert [job.position for job in jobs] == [1] * 5, "more sessions than the queue has room for"
    after = worker.submit(Gate(), session="f")
    mine = worker.submit(Gate(), session="a")
    assert [jobs[1].position, mine.position, after.position] == [1, 2, 3]
    assert jobs[0].state is JobState.CANCELLED
    for job in (*jobs, after, mine):
        job.cancel()


@pytest.mark.usefixtures("busy")
def test_a_session_that_asks_for_the_same_twice_keeps_its_run(worker):
    first, second = (worker.submit(lambda _: 1, session="a", key="same") for _ in range(2))
    assert first.state is JobState.CANCELLED
    assert second.position == 1


@pytest.mark.usefixtures("busy")
def test_what_is_expected_to_wait_follows_from_what_jobs_took(worker):
    jobs = [worker.submit(Gate(), session=name) for name in "ab"]
    assert [job.expected_wait for job in jobs] == [FIRST_GUESS, 2 * FIRST_GUESS]
    for job in jobs:
        job.cancel()
    assert jobs[0].expected_wait == 0


def test_the_time_of_a_job_is_a_running_mean():
    worker = one_device()

    def expected_wait():
        gate = Gate()
        jobs = [worker.submit(gate, session=name) for name in "ab"]
        assert gate.entered.wait(SOON)
        wait = jobs[1].expected_wait
        for job in jobs:
            job.cancel()
        assert jobs[0].wait(SOON)
        return wait

    for _ in range(40):
        assert worker.submit(lambda _: None, session="a").wait(SOON)
    assert expected_wait() < 0.1 * FIRST_GUESS
    assert worker.submit(lambda _: time.sleep(0.2), session="a").wait(SOON)
    assert expected_wait() >= NEWS * 0.2


def test_jobs_run_side_by_side_and_the_next_starts_when_one_ends():
    worker = one_device(side_by_side=2)
    gates = [Gate() for _ in range(3)]
    jobs = [worker.submit(gate, session=name) for gate, name in zip(gates, "abc", strict=True)]
    assert all(gate.entered.wait(SOON) for gate in gates[:2])
    assert (gates[2].entered.is_set(), jobs[2].position) == (False, 1)
    assert jobs[2].expected_wait == FIRST_GUESS / 2
    gates[1].open.set()
    assert gates[2].entered.wait(SOON)
    assert [job.state for job in jobs] == [JobState.RUNNING, JobState.DONE, JobState.RUNNING]
    for gate in gates:
        gate.open.set()
    assert all(job.wait(SOON) for job in jobs)


def test_a_new_job_cancels_the_one_of_its_session_that_runs_beside_others():
    worker = one_device(side_by_side=2)
    gates = [Gate() for _ in range(3)]
    jobs = [worker.submit(gate, session=name) for gate, name in zip(gates, "aba", strict=True)]
    assert jobs[0].wait(SOON)
    assert jobs[0].state is JobState.CANCELLED
    assert gates[2].entered.wait(SOON)
    for gate in gates:
        gate.open.set()
    assert jobs[1].wait(SOON)
    assert jobs[2].wait(SOON)
    assert [job.state for job in jobs[1:]] == [JobState.DONE] * 2


def test_a_device_has_two_workers_and_their_threads_are_daemons():
    gate, jobs = Gate(), []
    for alone in (False, True):
        jobs.append(device_pool().submit(gate, session=f"alone: {alone}", device="cpu", alone=alone))
        assert gate.entered.wait(SOON), "one does not wait for the other"
        gate.entered.clear()
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("sparsefool-cpu-")]
    assert len(threads) >= 2
    assert all(thread.daemon for thread in threads)
    gate.open.set()
    assert all(job.wait(SOON) for job in jobs)
    with pytest.raises(DeviceError, match="no device 'cuda:99'"):
        device_pool().submit(gate, session="a", device="cuda:99")

import threading

import pytest

from sparsefool.backend.jobs import JobState, Worker, submit, worker_for
from sparsefool.errors import Cancelled, DeviceError, QueueFullError

SOON = 10.0


class Gate:
    """Work that runs until it is let through, checking for a cancel in between."""

    def __init__(self):
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, progress):
        self.entered.set()
        while not self.open.wait(0.005):
            progress.check()
        return "through"


@pytest.fixture
def worker():
    return Worker("test device", capacity=3)


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
    with pytest.raises(QueueFullError, match="3 runs already wait for test device"):
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


def test_a_device_has_one_worker_and_its_thread_is_a_daemon():
    assert worker_for("cpu") is worker_for("cpu")
    job = submit(lambda _: threading.current_thread(), session="a", device="cpu")
    assert job.wait(SOON)
    assert job.result.daemon
    assert job.result.name == "sparsefool-cpu"
    with pytest.raises(DeviceError, match="no device 'cuda:99'"):
        worker_for("cuda:99")

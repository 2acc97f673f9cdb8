"""Several devices, simulated by workers on the CPU."""

import threading
from collections import Counter

import pytest
import torch

from sparsefool.backend.placement import place_of
from sparsefool.backend.work.devices import DevicePool
from sparsefool.backend.work.faults import SET_ASIDE, SetAside
from sparsefool.backend.work.job import JobState
from sparsefool.backend.work.worker import Worker
from sparsefool.errors import DeviceError, MemoryFullError, QueueFullError
from tests.backend.gate import SOON, Gate, until

FOUR = ("cuda:0", "cuda:1", "cuda:2", "cuda:3")


def where(_progress):
    return place_of("auto")


class Failing:
    """Work that fails on some devices; where it was tried."""

    def __init__(self, *devices, error=None):
        self.devices, self.tried = devices, []
        self.error = error or torch.AcceleratorError("CUDA error: unspecified launch failure")

    def __call__(self, progress):
        self.tried.append(where(progress))
        if self.tried[-1] in self.devices:
            raise self.error
        return self.tried[-1]


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def ended(*jobs):
    assert all(job.wait(SOON) for job in jobs)
    return [job.result for job in jobs]


def test_all_devices_are_busy_and_none_gets_more_than_its_share():
    pool, all_there = DevicePool(FOUR, side_by_side=2), threading.Barrier(8)

    def work(progress):
        if len(places) < 8:
            all_there.wait(SOON)  # passes only if eight run at a time
        return where(progress)

    places = []
    jobs = [pool.submit(work, session=str(number)) for number in range(8)]
    places += ended(*jobs)
    assert Counter(places) == dict.fromkeys(FOUR, 2)


def test_what_waits_is_shared_out_as_well():
    pool, gate = DevicePool(FOUR, side_by_side=1), Gate()

    def work(progress):
        gate(progress)
        return where(progress)

    jobs = [pool.submit(work, session=str(number)) for number in range(40)]
    until(lambda: sum(job.state is JobState.RUNNING for job in jobs) == 4)
    assert sorted(job.position for job in jobs) == sorted([*range(10)] * 4)
    gate.open.set()
    assert Counter(ended(*jobs)) == dict.fromkeys(FOUR, 10)


def test_the_idlest_is_chosen_and_an_experiment_keeps_out_of_the_way_of_attacks():
    pool, gate = DevicePool(FOUR[:2], side_by_side=4), Gate()
    long = pool.submit(gate, session="long", alone=True)
    assert gate.entered.wait(SOON)
    assert ended(pool.submit(where, session="a")) == ["cuda:1"]
    assert ended(pool.submit(where, session="b", alone=True)) == ["cuda:1"]
    gate.open.set()
    ended(long)
    assert ended(pool.submit(where, session="a")) == ["cuda:0"]


def test_a_run_that_has_just_ended_does_not_count(monkeypatch):
    pool, may_go_on, take_off = DevicePool(FOUR, side_by_side=1), threading.Event(), Worker._take_off

    def late(self, run):
        assert may_go_on.wait(SOON)
        take_off(self, run)

    monkeypatch.setattr(Worker, "_take_off", late)
    assert ended(pool.submit(where, session="a")) == ["cuda:0"]
    job = pool.submit(where, session="b")
    may_go_on.set()
    assert ended(job) == ["cuda:0"]


def test_a_device_that_was_chosen_gets_the_job_however_busy_it_is():
    pool, gate = DevicePool(FOUR, side_by_side=1), Gate()
    busy = pool.submit(gate, session="busy", device="cuda:2")
    assert gate.entered.wait(SOON)
    mine = pool.submit(where, session="a", device="cuda:2")
    assert mine.position == 1
    gate.open.set()
    assert ended(busy, mine) == ["through", "cuda:2"]


def test_a_newer_job_cancels_the_one_on_another_device():
    pool, gate = DevicePool(FOUR, side_by_side=1), Gate()
    older = pool.submit(gate, session="a", device="cuda:3")
    assert gate.entered.wait(SOON)
    newer = pool.submit(where, session="a", device="cuda:1")
    assert ended(older, newer) == [None, "cuda:1"]
    assert older.state is JobState.CANCELLED


def test_a_newer_job_takes_the_place_of_the_one_that_waits():
    pool, gates = DevicePool(FOUR[:2], side_by_side=1), [Gate() for _ in range(2)]
    busy = [pool.submit(gate, session=f"busy {at}") for at, gate in enumerate(gates)]
    assert all(gate.entered.wait(SOON) for gate in gates)
    first, second, mine = (pool.submit(where, session=name) for name in ("first", "second", "a"))
    last = pool.submit(where, session="last", device="cuda:0")
    newer = pool.submit(where, session="a")
    assert mine.state is JobState.CANCELLED
    assert [first.position, newer.position, last.position, second.position] == [1, 2, 3, 1]
    for gate in gates:
        gate.open.set()
    ended(*busy, first, second, newer, last)


def test_equal_requests_share_a_run_wherever_it_is():
    pool, gate = DevicePool(FOUR, side_by_side=1), Gate()
    first = pool.submit(gate, session="a", key="same")
    assert gate.entered.wait(SOON)
    second = pool.submit(lambda _: "another run", session="b", key="same")
    gate.open.set()
    assert ended(first, second) == ["through", "through"]


def test_a_queue_that_is_full_refuses_only_where_all_are():
    pool, gate = DevicePool(FOUR[:2], side_by_side=1, longest_wait=0.5), Gate()
    jobs = [pool.submit(gate, session=str(number)) for number in range(2)]
    until(lambda: all(job.state is JobState.RUNNING for job in jobs))
    jobs += [pool.submit(gate, session=str(number)) for number in range(2, 4)]
    with pytest.raises(QueueFullError, match="1 runs already wait for cuda:0"):
        pool.submit(gate, session="one too many")
    gate.open.set()
    ended(*jobs)


def test_a_job_whose_device_fails_begins_again_on_another_and_the_device_is_set_aside(caplog):
    pool, work = DevicePool(FOUR, side_by_side=1), Failing("cuda:0")
    job = pool.submit(work, session="a")
    assert ended(job) == ["cuda:1"]
    assert (job.state, work.tried) == (JobState.DONE, ["cuda:0", "cuda:1"])
    assert "cuda:0 is set aside for 60 s: its driver failed" in caplog.text
    assert ended(pool.submit(where, session="b")) == ["cuda:1"]


def test_the_jobs_of_a_device_that_fails_come_before_those_that_wait_elsewhere():
    pool, gate = DevicePool(FOUR[:2], side_by_side=1), Gate()
    order, failing = [], Failing("cuda:0")

    def fails(progress):
        gate(progress)
        order.append("moved")
        return failing(progress)

    busy = Gate()
    jobs = [pool.submit(fails, session="a"), pool.submit(busy, session="b")]
    assert busy.entered.wait(SOON)
    jobs.append(pool.submit(lambda _: order.append("waiting"), session="c", device="cuda:1"))
    gate.open.set()
    until(lambda: failing.tried and jobs[0].position == 1)
    busy.open.set()
    ended(*jobs)
    assert order == ["moved", "moved", "waiting"]


def test_what_waits_for_a_device_that_fails_is_given_to_others_at_once():
    pool, gates = DevicePool(FOUR[:3], side_by_side=1), [Gate() for _ in range(3)]
    failing, tried = Failing("cuda:0"), []

    def fails(progress):
        gates[0](progress)
        return failing(progress)

    jobs = [pool.submit(work, session=f"busy {at}") for at, work in enumerate((fails, *gates[1:]))]
    assert all(gate.entered.wait(SOON) for gate in gates)
    waiting = [pool.submit(lambda at: tried.append(where(at)), session=str(at)) for at in range(6)]
    chosen = pool.submit(where, session="chosen", device="cuda:0")
    assert sorted(job.position for job in waiting) == [1, 1, 1, 2, 2, 2]
    gates[0].open.set()
    assert ended(chosen) == ["cuda:0"], "whoever has chosen a device gets it"
    until(lambda: jobs[0].position == 1)
    assert not tried
    assert sorted(job.position for job in (jobs[0], *waiting)) == [1, 1, 2, 2, 3, 3, 4]
    for gate in gates[1:]:
        gate.open.set()
    ended(*jobs, *waiting)
    assert failing.tried[0] == "cuda:0"
    assert set(tried) == {"cuda:1", "cuda:2"}


def test_a_full_memory_sets_a_device_aside_for_these_networks_only():
    pool = DevicePool(FOUR, side_by_side=1)
    work = Failing("cuda:0", error=MemoryFullError("The memory is full."))
    assert ended(pool.submit(work, session="a", networks=("large",))) == ["cuda:1"]
    assert ended(pool.submit(where, session="b", networks=("large",))) == ["cuda:1"]
    assert ended(pool.submit(where, session="c", networks=("small",))) == ["cuda:0"]


def test_a_device_is_tried_again_after_a_while():
    clock = Clock()
    pool = DevicePool(FOUR, side_by_side=1, set_aside=SetAside(clock))
    ended(pool.submit(Failing("cuda:0"), session="a"))
    clock.now += SET_ASIDE - 1
    assert ended(pool.submit(where, session="a")) == ["cuda:1"]
    clock.now += 1
    assert ended(pool.submit(where, session="a")) == ["cuda:0"]


def test_the_cpu_is_used_where_all_others_have_failed_and_not_before():
    pool = DevicePool(("cuda:0", "cuda:1", "cpu"), side_by_side=1)
    gates = [Gate() for _ in range(3)]
    jobs = [pool.submit(gate, session=str(at)) for at, gate in enumerate(gates)]
    assert all(gate.entered.wait(SOON) for gate in gates[:2])
    assert jobs[2].position == 1, "it waits for a GPU while the CPU is idle"
    for gate in gates:
        gate.open.set()
    ended(*jobs)
    full = Failing("cuda:0", "cuda:1", error=torch.OutOfMemoryError("CUDA out of memory"))
    assert ended(pool.submit(full, session="a")) == ["cpu"]
    assert full.tried == ["cuda:0", "cuda:1", "cpu"]


def test_the_error_is_shown_where_no_other_device_is_left():
    pool = DevicePool(FOUR[:2], side_by_side=1)
    work = Failing(*FOUR, error=MemoryFullError("The memory is full."))
    job = pool.submit(work, session="a")
    ended(job)
    assert (job.state, str(job.error)) == (JobState.FAILED, "The memory is full.")
    assert work.tried == ["cuda:0", "cuda:1"]
    assert ended(pool.submit(where, session="b")) == ["cuda:0"], "with all set aside, none is"


def test_a_job_that_breaks_two_drivers_is_not_given_a_third():
    work = Failing(*FOUR)
    job = DevicePool(FOUR, side_by_side=1).submit(work, session="a")
    ended(job)
    assert (job.state, len(work.tried)) == (JobState.FAILED, 2)


def test_a_job_for_a_chosen_device_is_not_given_to_another():
    pool, work = DevicePool(FOUR, side_by_side=1), Failing("cuda:1")
    job = pool.submit(work, session="a", device="cuda:1")
    ended(job)
    assert (job.state, work.tried) == (JobState.FAILED, ["cuda:1"])
    assert isinstance(job.error, DeviceError)
    assert "cuda:1 has failed (CUDA error: unspecified launch failure). Choose another" in str(job.error)


def test_one_of_those_who_share_a_run_that_moves_may_leave_it():
    pool, gate, failing = DevicePool(FOUR[:2], side_by_side=1), Gate(), Failing("cuda:0")

    def work(progress):
        failing(progress)
        return gate(progress)

    jobs = [pool.submit(work, session=name, key="same") for name in "ab"]
    assert gate.entered.wait(SOON)
    jobs[0].cancel()
    assert jobs[0].state is JobState.CANCELLED
    gate.open.set()
    assert ended(*jobs) == [None, "through"]


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
        torch.OutOfMemoryError("CUDA out of memory."),
    ],
)
def test_errors_that_are_of_the_device(error):
    assert ended(DevicePool(FOUR, 1).submit(Failing("cuda:0", error=error), session="a")) == ["cuda:1"]
    wrapped = ValueError("it cannot take these images")
    wrapped.__cause__ = error
    assert ended(DevicePool(FOUR, 1).submit(Failing("cuda:0", error=wrapped), session="a")) == ["cuda:1"]


@pytest.mark.parametrize("error", [RuntimeError("size mismatch"), ValueError("CUDA error"), SystemExit(1)])
def test_errors_that_are_not(error):
    pool, work = DevicePool(FOUR, 1), Failing("cuda:0", error=error)
    job = pool.submit(work, session="a")
    ended(job)
    assert (job.error, work.tried) == (error, ["cuda:0"])
    assert ended(pool.submit(where, session="b")) == ["cuda:0"]

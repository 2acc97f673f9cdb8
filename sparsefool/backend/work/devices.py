"""The workers of all devices of this machine: bounded queues, fair between sessions, the latest job wins.

A session is any string: one browser tab, or one tab and one page of it. It has at most one job waiting
and one running. What a session submits replaces its waiting job, at that job's place in the queue, and
cancels its running one. So nobody gets ahead by moving a slider, and nobody loses a place by it.

Each device has two workers. Attacks on single pictures run side by side and share their passes through a
network (:mod:`sparsefool.backend.passes`); whatever takes longer runs one at a time, beside them.

Work that leaves the device open gets the one with the fewest runs when it is queued, among those of the best
kind that have not failed lately. Where a device fails under it, it begins again on another; only if none is
left, or the drivers of :data:`MOST_DRIVERS` have failed under it, has it failed.
"""

import threading
from collections.abc import Callable, Collection, Hashable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from sparsefool.backend.placement import AUTO
from sparsefool.backend.serving.figures import QUEUE, watch
from sparsefool.backend.work.faults import Fault, SetAside, fault_of
from sparsefool.backend.work.job import Job, T
from sparsefool.backend.work.run import Run, Work
from sparsefool.backend.work.worker import Worker
from sparsefool.devices import available_devices, choose_device
from sparsefool.once import once

SIDE_BY_SIDE_CPU, SIDE_BY_SIDE_GPU = 8, 64
"""Attacks that run at a time on one device."""

LONGEST_WAIT, LONGEST_WAIT_ALONE = 300.0, 3600.0
"""Seconds that a new job may be expected to wait, for an attack and for what takes longer."""

MOST_DRIVERS = 2
"""Devices whose drivers may fail under one run; then it is taken for the cause."""


class DevicePool:
    """The workers of several devices.

    Args:
        devices: their names, the preferred one first.
        side_by_side: attacks that run at a time on one device; by default as many as suits it.
        longest_wait: seconds that a new attack may be expected to wait; else it is refused.
        set_aside: takes note of the devices that fail.
    """

    def __init__(
        self,
        devices: Sequence[str],
        side_by_side: int | None = None,
        longest_wait: float = LONGEST_WAIT,
        set_aside: SetAside | None = None,
    ) -> None:
        self._lock = threading.RLock()
        self._set_aside = set_aside or SetAside()
        self._workers = {
            device: (
                self._new_worker(device, "attack", side_by_side or _side_by_side(device), longest_wait),
                self._new_worker(device, "long", 1, LONGEST_WAIT_ALONE),
            )
            for device in devices
        }

    @property
    def workers(self) -> tuple[Worker, ...]:
        """The workers of all devices."""
        return tuple(worker for pair in self._workers.values() for worker in pair)

    def submit(
        self,
        work: Work[T],
        *,
        session: str,
        device: str = AUTO,
        alone: bool = False,
        key: Hashable = None,
        networks: tuple[str, ...] = (),
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Job[T]:
        """Queue ``work``; it supersedes the jobs that ``session`` already has.

        Args:
            work: what to do; in its thread, :func:`sparsefool.backend.placement.place_of` knows the device.
            session: for whom.
            device: ``"auto"`` or a device name of torch.
            alone: whether it is for the worker of the device that runs one at a time.
            key: work with an equal key, unless None, has an equal result: where such work of another session
                waits or runs, the new job shares it, and nothing is queued.
            networks: on which it runs; a device whose memory they have filled is not chosen for them again.
            is_wanted: whether the session is still there; asked at every check of the work, in its thread.

        Raises:
            DeviceError: the device does not exist here.
            QueueFullError: it would have to wait for too long.
        """
        if device != AUTO and device not in self._workers:
            device = str(choose_device(device))
        with self._lock:
            runs = [run for pair in self._workers.values() for worker in pair for run in worker.runs]
            superseded = [job for run in runs for job in run.jobs if job.session == session]
            same = (run for run in runs if key is not None and run.key == key)
            run = next((run for run in same if run.cancel_reason is None), None)
            if run is None:
                worker = self._worker(session, device, alone, networks)
                run = Run(worker, work, key, networks, alone=alone, anywhere=device == AUTO)
                worker.queue(run, session)
            job = Job(run, session, is_wanted)
            run.jobs.append(job)
            for other in superseded:
                other.cancel("A newer run took the place of this one.")
        return job

    def _new_worker(self, device: str, kind: str, threads: int, longest_wait: float) -> Worker:
        return Worker(device, kind, threads, longest_wait, self._lock, self._move)

    def _worker(self, session: str, device: str, alone: bool, networks: tuple[str, ...]) -> Worker:
        """Return the worker for new work: where its session waits, or has the fewest runs."""
        if device != AUTO:
            return self._workers[device][alone]
        names = self._best(networks) or self._kinds()[0]
        waits = (self._workers[name][alone] for name in names)
        return next((worker for worker in waits if worker.waits(session)), self._idlest(names, alone))

    def _best(self, networks: tuple[str, ...], without: Collection[str] = ()) -> Sequence[str]:
        """Return the devices of the best kind that are not set aside; none where all are."""
        for names in self._kinds():
            usable = [
                name for name in names if name not in without and not self._set_aside.holds(name, networks)
            ]
            if usable:
                return usable
        return ()

    def _kinds(self) -> list[list[str]]:
        """Return the devices by their kind, the preferred kind first."""
        return [list(names) for _, names in groupby(self._workers, lambda name: name.partition(":")[0])]

    def _idlest(self, names: Sequence[str], alone: bool) -> Worker:
        """Return the worker with the fewest runs; where several have, that of the device with the fewest."""

        def load(name: str) -> tuple[int, int]:
            return len(self._workers[name][alone].runs), len(self._workers[name][not alone].runs)

        return self._workers[min(names, key=load)][alone]

    def _move(self, run: Run[Any], error: BaseException) -> bool:
        """Give a run to another device if its own has failed; return whether it waits there.

        So are runs that wait for the device and would fail likewise.
        """
        fault = fault_of(error)
        if fault is None:
            return False
        with self._lock:
            failed = run.queue.device
            self._set_aside.add(failed, fault, run.networks)
            run.faults[failed] = fault
            for worker in self._workers[failed]:
                for other in worker.waiting:
                    if self._set_aside.holds(failed, other.networks):
                        self._give(other)
            drivers = sum(each is Fault.DRIVER for each in run.faults.values())
            return drivers < MOST_DRIVERS and self._give(run, first=True)

    def _give(self, run: Run[Any], *, first: bool = False) -> bool:
        """Give a run to the idlest of the devices that are left for it; return whether there is one.

        There it waits before all others, or last.
        """
        names = self._best(run.networks, without=run.faults)
        if not run.anywhere or not names:
            return False
        worker = self._workers[run.queue.device][run.alone]
        self._idlest(names, run.alone).take_over(run, worker, first=first)
        return True


def _side_by_side(device: str) -> int:
    return SIDE_BY_SIDE_CPU if device.startswith("cpu") else SIDE_BY_SIDE_GPU


def _count_waiting(worker: Worker) -> int:
    return len(worker.waiting)


@once()
def device_pool() -> DevicePool:
    """Return the workers of the devices of this machine."""
    pool = DevicePool([each.name for each in available_devices()])
    for worker in pool.workers:
        watch(QUEUE, partial(_count_waiting, worker), device=worker.device, kind=worker.kind)
    return pool

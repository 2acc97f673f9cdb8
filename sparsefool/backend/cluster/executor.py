"""Measuring the blocks of an experiment on a cluster, as :data:`sparsefool.experiments.runner.Executor`."""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from functools import lru_cache, partial
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from sparsefool.backend.cluster.agenda import Agenda
from sparsefool.backend.cluster.claims import Claims
from sparsefool.backend.cluster.connection import WAIT_VARIABLE, WORKER_WAIT
from sparsefool.backend.cluster.worker import Expected, Measured, Order, Sent, hold, measure
from sparsefool.backend.cluster.workforce import Workforce
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.errors import ClusterError
from sparsefool.experiments.costs import Costs
from sparsefool.experiments.records.record import Record, Task, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore, rows_of_tables
from sparsefool.store.tables import Table, decode_table, encode_table
from sparsefool.zoo.loading import weights_sha256

AHEAD = 8
"""For so many workers one more group is sent than they measure at once, lest they wait for the next one."""

LOOK = 2.0
"""Seconds between two looks at the workers, while none of them has to answer."""

ROWS_KEPT = 8
"""How many sets of rows that blocks need are kept as they are sent."""

LONG = 20.0
"""Seconds without a worker after which the log says so."""

PATIENCE = 0.5
"""Seconds to wait for a group, or for the answer of a worker."""

RESULT = 30.0
"""Seconds in which the rows of a finished group have to come; it is sent again if they do not."""

KEPT = "What is finished is kept: the same run goes on from there."

_log = logging.getLogger(__name__)


@lru_cache(maxsize=100_000)
def _name(task: Task) -> str:
    """Return what a block is called among the claims."""
    return f"{record_key(task.record)}/{task.first}"


def _is_free(claimed: frozenset[str], task: Task) -> bool:
    return not claimed or _name(task) not in claimed


class ClusterExecutor:
    """Measures blocks on the workers of a cluster.

    Args:
        client: the connection.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        store: where rows are kept.
        say: told how many workers there are, and which are not used.
        worker_wait: seconds for which it waits while there is no worker that can be used.
    """

    def __init__(
        self,
        client: Client,
        device: str,
        store: RecordStore,
        say: Callable[[str], None],
        worker_wait: float = WORKER_WAIT,
    ) -> None:
        self._client, self._device, self._store, self._say = client, device, store, say
        self._finished = SimpleQueue[Future]()
        self._sent: dict[Future, tuple[Task, ...]] = {}
        self._networks: dict[str, Future] = {}
        self._rows = RecentlyUsed[tuple[Task, ...], bytes](ROWS_KEPT)
        self._look_again, self._worker_wait = 0.0, worker_wait
        self._alone_since, self._warned = time.monotonic(), False

    def __call__(self, tasks: Sequence[Task], context: RunContext, costs: Costs) -> Iterator[Task]:
        """Measure blocks, and those that they need; yield each once its rows are kept.

        Raises:
            ClusterError: the scheduler is gone, no worker can be used, or none has come in time.
            SparseFoolError: a network or image cannot be used by a worker; or what ``context.check`` raises.
        """
        device = self._kind_of_device(context)
        models = dict.fromkeys(model for task in tasks for model in task.record.models)
        expected = Expected.here(device, {model: weights_sha256(model) for model in models})
        workforce = Workforce(self._client, expected, self._finished.put)
        agenda, wanted = Agenda(tasks, self._store.has), set(tasks)
        with Claims(self._store.claims) as claims:
            try:
                while wanted:
                    context.check()
                    self._look_after(workforce, agenda)
                    sent = self._send(agenda, costs, workforce.usable, expected, claims)
                    for task in chain(sent, self._receive(agenda, costs)):
                        agenda.finish(task)
                        if task in wanted:
                            wanted.remove(task)
                            yield task
            finally:
                self._release()

    def _kind_of_device(self, context: RunContext) -> str:
        """Return ``cpu``, ``cuda`` or ``mps``; for ``"auto"``, a GPU if the first workers have one."""
        if self._device != "auto":
            return self._device
        while not (workers := self._workers()):
            self._wait_for_workers()
            context.check()
            time.sleep(PATIENCE)
        return "cuda" if any("GPU" in worker["resources"] for worker in workers.values()) else "cpu"

    def _workers(self) -> Mapping[str, Any]:
        """Return what Dask knows of the workers that are there, by their addresses.

        Raises:
            ClusterError: the scheduler is gone.
        """
        try:
            if self._client.status == "running":
                there: Mapping[str, Any] = self._client.scheduler_info()["workers"]
                return there
        except OSError:
            pass
        raise ClusterError(f"The connection to the scheduler of the cluster is lost. {KEPT}")

    def _look_after(self, workforce: Workforce, agenda: Agenda) -> None:
        """Take note of workers that come and go; where none is left, what was sent has to be sent again."""
        if time.monotonic() < self._look_again:
            return
        workforce.look(self._workers())
        self._look_again = time.monotonic() + (PATIENCE if workforce.undecided else LOOK)
        if workforce.usable:
            self._alone_since = time.monotonic()
            self._say(f"{workforce.usable} worker{'s' if workforce.usable > 1 else ''}")
            return
        if workforce.refused and not workforce.undecided:
            raise ClusterError(f"No worker of the cluster can be used. {workforce.refused}. {KEPT}")
        agenda.put_back(task for group in self._sent.values() for task in group)
        self._release()
        self._wait_for_workers()

    def _wait_for_workers(self) -> None:
        self._say("waiting for workers")
        alone = time.monotonic() - self._alone_since
        if alone > LONG and not self._warned:
            _log.warning("Waiting for workers of the cluster.")
            self._warned = True
        if alone > self._worker_wait:
            raise ClusterError(
                f"The cluster had no worker for {self._worker_wait:g} s. Start workers (docs/cluster.md), or "
                f"let it wait longer for them: --worker-wait SECONDS, or {WAIT_VARIABLE}. {KEPT}"
            )

    def _send(
        self, agenda: Agenda, costs: Costs, workers: int, expected: Expected, claims: Claims
    ) -> Iterator[Task]:
        """Send as many blocks as keep the workers busy; yield those that another command has measured."""
        while workers and len(self._sent) < workers + math.ceil(workers / AHEAD):
            with claims.one_at_a_time():
                group = agenda.take(costs, workers, partial(_is_free, claims.others()))
                claims.claim({_name(task) for sent in (*self._sent.values(), group) for task in sent})
            if not group:
                yield from (task for task in agenda.ready if self._store.has(task))
                return
            there = {task: self._store.has(task) for task in group}
            yield from (task for task in group if there[task])
            missing = tuple(task for task in group if not there[task])
            if missing:
                self._sent[self._submit(missing, expected)] = missing

    def _submit(self, group: tuple[Task, ...], expected: Expected) -> Future:
        order = Order(
            group,
            {task.record: record_key(task.record) for task in group},
            self._needed(group),
            expected.device,
        )
        where = {expected.resource: 1, **({"GPU": 1} if expected.device == "cuda" else {})}
        for model in group[0].record.models:
            if model not in self._networks:
                self._networks[model] = self._client.submit(
                    hold, model, expected.device, key=f"sparsefool-hold-{uuid4().hex}", resources=where
                )
        networks = [self._networks[model] for model in group[0].record.models]
        future = self._client.submit(
            measure, order, *networks, key=f"sparsefool-measure-{uuid4().hex}", resources=where
        )
        future.add_done_callback(self._finished.put)
        return future

    def _needed(self, group: tuple[Task, ...]) -> list[Sent]:
        """Return the rows of other records that blocks need; often they are those of the last group."""
        needs = defaultdict[Record, list[Task]](list)
        for needed in dict.fromkeys(needed for task in group for needed in task.needs()):
            needs[needed.record].append(needed)
        every = map(tuple, needs.values())
        return [Sent(tasks, self._rows.recall(tasks, partial(self._encoded, tasks))) for tasks in every]

    def _encoded(self, tasks: tuple[Task, ...]) -> bytes:
        return encode_table(Table(rows_of_tables([self._store.read(task) for task in tasks]), {}))

    def _receive(self, agenda: Agenda, costs: Costs) -> Iterator[Task]:
        """Wait a moment for a group of blocks; keep its rows, and yield its blocks."""
        try:
            future = self._finished.get(timeout=PATIENCE)
        except Empty:
            return
        group = self._sent.pop(future, ())
        if group and future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                raise ClusterError(
                    f"{group[0].title}: {error.allowed_failures + 1} workers ended while they measured it, "
                    f"perhaps for want of memory. {KEPT}"
                ) from error
            raise error
        measured = self._result(future) if group else None
        if measured is None:
            agenda.put_back(group)
            return
        for task, block in zip(group, measured, strict=True):
            self._store.keep(task, decode_table(block.table, task.title))
            costs.learn(task, block.seconds)
        yield from group

    def _result(self, future: Future) -> list[Measured] | None:
        """Return the rows of a group; None if they are lost with the worker or the connection."""
        if future.status != "finished":
            return None
        try:
            measured: list[Measured] = future.result(timeout=RESULT)
        except (OSError, TimeoutError, CancelledError):
            return None
        return measured

    def _release(self) -> None:
        """Let the workers stop with what was sent, and drop the networks."""
        futures = [*self._sent, *self._networks.values()]
        if futures and self._client.status == "running":
            self._client.cancel(futures)
        self._sent.clear()
        self._networks.clear()

"""Which blocks are sent to a worker next, and how many of them together."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import dropwhile

from sparsefool.experiments.costs import Costs
from sparsefool.experiments.records.record import Record, Task

LONGEST = 30.0
"""Seconds that a group of blocks shall last at most: so much is lost with a worker that dies. A block that
lasts longer is a group by itself."""

SHORTEST = 2.0
"""Seconds that a group shall last at least, so that sending it costs little beside it."""

UNTIMED = 3
"""Blocks of unknown cost that are sent together at most, where they share a first boundary."""

ROUNDS = 4
"""Groups that each worker shall get of what is left, at least: the fewer, the longer some wait at the end."""


@dataclass
class _Waiting:
    """Blocks that need the same blocks of other records, and those of the latter that are not there yet."""

    needed: frozenset[Task]
    missing: set[Task]
    tasks: list[Task] = field(default_factory=list)


@dataclass
class _Group:
    """Blocks to send together, and the most seconds they shall last: any, and those about the same images."""

    costs: Costs
    most: float
    most_of_same: float
    tasks: list[Task] = field(default_factory=list)
    seconds: float = 0.0
    counts: Counter[Record] = field(default_factory=Counter)

    def takes(self, task: Task) -> bool:
        """Return whether a block can come after those that are there."""
        if not self.tasks:
            return True
        last, each = self.tasks[-1], self.costs.per_image(task.record)
        same = _images(task) == _images(last)
        if each is None or self.costs.per_image(last.record) is None:
            return same and task.record.label == last.record.label and len(self.tasks) < UNTIMED
        known_well = self.counts[task.record] < 2 * self.costs.blocks(task.record)
        most = self.most_of_same if same else self.most
        return known_well and self.seconds + each * task.images <= most

    def add(self, task: Task) -> None:
        self.tasks.append(task)
        self.counts[task.record] += 1
        self.seconds += (self.costs.per_image(task.record) or 0.0) * task.images


class Agenda:
    """The blocks that are still to be sent; those that need others wait until these are there.

    Args:
        tasks: the blocks, in the order in which they shall be measured.
        there: tells whether the rows of a block are there.
    """

    def __init__(self, tasks: Iterable[Task], there: Callable[[Task], bool]) -> None:
        self._ready: dict[Task, None] = {}
        self._waiting: dict[frozenset[Task], _Waiting] = {}
        self._dependents: defaultdict[Task, list[_Waiting]] = defaultdict(list)
        self._left = Counter[Record]()
        self._sent: set[Task] = set()
        known: dict[Task, bool] = {}

        def add(task: Task) -> bool:
            """Return whether a block is there; if not, put it on the agenda, after those that it needs."""
            if task not in known:
                known[task] = there(task)
                if not known[task]:
                    self._add(task, frozenset(needed for needed in task.needs() if not add(needed)))
            return known[task]

        for task in tasks:
            add(task)

    def __bool__(self) -> bool:
        return bool(self._ready or self._waiting)

    @property
    def ready(self) -> list[Task]:
        """The blocks that can be sent."""
        return list(self._ready)

    def take(self, costs: Costs, workers: int, free: Callable[[Task], bool]) -> tuple[Task, ...]:
        """Return blocks to send together, on the same networks; none where all that is left has to wait.

        Blocks about the same images stay together where they can: they share their first boundary. So images
        that no worker is at come first, and the others are left to whoever has them.

        Args:
            costs: what blocks cost. One of unknown cost is sent by itself, or with a few of its kind about
                the same images (:data:`UNTIMED` in all); of others no more than twice as many as their cost
                is known from, for the first few may have been quick ones.
            workers: how many there are.
            free: tells whether nobody else measures a block.
        """
        group = _Group(costs, *self._group_seconds(costs, workers))
        for task in self._in_order(free):
            if not free(task) or (group.tasks and task.record.models != group.tasks[0].record.models):
                continue
            if not group.takes(task):
                break
            group.add(task)
        for task in group.tasks:
            self._remove(task)
        self._sent.update(group.tasks)
        return tuple(group.tasks)

    def put_back(self, tasks: Iterable[Task]) -> None:
        """Let blocks come next that were taken and got lost."""
        first = dict.fromkeys(tasks)
        for task in first:
            self._left[task.record] += task.images
        self._sent -= first.keys()
        self._ready = {**first, **self._ready}

    def finish(self, task: Task) -> None:
        """Let the blocks come that have only waited for this one, which is there now."""
        self._sent.discard(task)
        if task in self._ready:
            self._remove(task)
        for waiting in self._dependents.pop(task, ()):
            waiting.missing.discard(task)
            if not waiting.missing:
                del self._waiting[waiting.needed]
                self._ready.update(dict.fromkeys(waiting.tasks))

    def _add(self, task: Task, needed: frozenset[Task]) -> None:
        self._left[task.record] += task.images
        if not needed:
            self._ready[task] = None
            return
        if needed not in self._waiting:
            self._waiting[needed] = _Waiting(needed, set(needed))
            for each in needed:
                self._dependents[each].append(self._waiting[needed])
        self._waiting[needed].tasks.append(task)

    def _remove(self, task: Task) -> None:
        del self._ready[task]
        self._left[task.record] -= task.images

    def _in_order(self, free: Callable[[Task], bool]) -> Iterator[Task]:
        """Return the blocks that can be sent, from the first about images that no worker is at."""
        elsewhere = {_images(task) for task in self._sent}
        first = next((task for task in self._ready if _images(task) not in elsewhere and free(task)), None)
        return dropwhile(lambda task: task != first, self._ready) if first else iter(self._ready)

    def _group_seconds(self, costs: Costs, workers: int) -> tuple[float, float]:
        """Return how long a group shall last at most, and one of blocks about the same images."""
        left = sum(count * (costs.per_image(record) or 0.0) for record, count in self._left.items())
        share = left / workers
        return (
            min(max(share / ROUNDS, SHORTEST), LONGEST),
            min(max(share, SHORTEST), 2 * LONGEST),
        )


def _images(task: Task) -> tuple[str, int]:
    return task.record.model, task.first

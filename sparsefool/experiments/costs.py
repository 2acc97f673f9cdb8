"""What blocks cost: from the seconds that earlier ones took, how long the next ones will take."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sparsefool.experiments.records.record import Part, Record, Task
from sparsefool.experiments.records.run_context import Records
from sparsefool.formats import duration


@dataclass
class _Measured:
    """What blocks have taken."""

    seconds: float = 0.0
    images: int = 0
    blocks: int = 0


class Costs:
    """Seconds per image of records, as far as blocks of them, or of records like them, were measured.

    Alike are records of the same kind about the same network, such as SparseFool with another λ.

    Args:
        store: the rows that are there.
    """

    def __init__(self, store: Records) -> None:
        self._store = store
        self._measured: dict[Record, _Measured] = {}
        self._alike: defaultdict[tuple[str, str], _Measured] = defaultdict(_Measured)

    def learn(self, task: Task, seconds: float) -> None:
        """Take note of how long a block took."""
        for known in (self._of(task.record), self._alike[task.record.label, task.record.model]):
            known.seconds += seconds
            known.images += task.images
            known.blocks += 1

    def per_image(self, record: Record) -> float | None:
        """Return the seconds of an image; None where nothing is known of the record or of one alike."""
        known = self._known(record)
        return known.seconds / known.images if known.images else None

    def blocks(self, record: Record) -> int:
        """Return from how many blocks that is known."""
        return self._known(record).blocks

    def _known(self, record: Record) -> _Measured:
        known = self._of(record)
        return known if known.images else self._alike[record.label, record.model]

    def _of(self, record: Record) -> _Measured:
        """Return what is known of a record itself: at first, from its first rows that are there."""
        if record not in self._measured:
            rows = self._store.rows(Part(record, 1))
            known = _Measured() if rows.empty else _Measured(float(rows["seconds"].mean()), 1, 1)
            self._measured[record] = known
        return self._measured[record]


class Pace:
    """How fast blocks are measured, and how long the rest will take at this pace.

    Args:
        tasks: all that are to be measured.
        costs: of each; the blocks that are finished have been learnt.
    """

    def __init__(self, tasks: Iterable[Task], costs: Costs) -> None:
        self._costs, self._left = costs, Counter[Record]()
        for task in tasks:
            self._left[task.record] += task.images
        self._images, self._seconds = 0, 0.0
        self._started = time.perf_counter()

    def finish(self, task: Task) -> None:
        """Take note that a block is finished."""
        self._left[task.record] -= task.images
        self._images += task.images
        self._seconds += task.images * (self._costs.per_image(task.record) or 0.0)

    def __str__(self) -> str:
        """Return images per second and the time left, in words; nothing before a block is finished."""
        elapsed = time.perf_counter() - self._started
        if not self._images:
            return ""
        rate = self._images / elapsed
        text = f"{rate:.1f} images per second" if rate >= 1 else f"{60 * rate:.1f} images per minute"
        if not self._left.total() or not self._seconds:
            return text
        usual = self._seconds / self._images
        left = 0.0
        for record, images in self._left.items():
            each = self._costs.per_image(record)
            left += images * (usual if each is None else each)
        return f"{text} · about {duration(elapsed * left / self._seconds)} left"

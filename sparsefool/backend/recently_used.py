"""A cache of the values used last."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentlyUsed(Generic[K, V]):
    """A cache of the values used last; several threads may use it at once.

    Args:
        capacity: what all values together may take at most.
        size: returns what a value takes; by default each takes 1, and ``capacity`` is their number.
    """

    def __init__(self, capacity: int, size: Callable[[V], int] = lambda _: 1) -> None:
        self._capacity = capacity
        self._size = size
        self._total = 0
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        """What all values together take."""
        return self._total

    def get(self, key: K) -> V | None:
        """Return the value kept under ``key``, or None."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value; while all take too much, the one unused for longest is removed."""
        with self._lock:
            self._remove(key)
            self._values[key] = value
            self._total += self._size(value)
            while self._total > self._capacity:
                self._remove(next(iter(self._values)))

    def recall(self, key: K, make: Callable[[], V]) -> V:
        """Return the value kept under ``key``; where there is none, make one and keep it."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def discard(self, key: K) -> None:
        """Remove the value kept under ``key``, if there is one."""
        with self._lock:
            self._remove(key)

    def discard_others(self, key: K) -> bool:
        """Remove all values but that kept under ``key``; return whether there were any."""
        with self._lock:
            others = [each for each in self._values if each != key]
            for other in others:
                self._remove(other)
        return bool(others)

    def clear(self) -> None:
        """Remove all values."""
        with self._lock:
            self._values.clear()
            self._total = 0

    def _remove(self, key: K) -> None:
        if key in self._values:
            self._total -= self._size(self._values.pop(key))

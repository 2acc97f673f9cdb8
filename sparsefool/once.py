"""Values that are computed once, however many threads ask for them at a time."""

import threading
from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Value:
    """A value, once it is there, and the lock of the thread that computes it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.known = False
        self.value: Any = None


class Once(Generic[P, T]):
    """A function whose values are kept: see :func:`once`."""

    def __init__(self, compute: Callable[P, T], most: int | None) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._values = lru_cache(most)(lambda *_, **__: _Value())
        update_wrapper(self, compute)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the value for these arguments, which must be hashable."""
        with self._lock:
            value = self._values(*args, **kwargs)  # type: ignore[arg-type]
        if not value.known:
            with value.lock:
                if not value.known:
                    value.value = self._compute(*args, **kwargs)
                    value.known = True
        kept: T = value.value
        return kept

    def cache_clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._values.cache_clear()


def once(most: int | None = None) -> Callable[[Callable[P, T]], Once[P, T]]:
    """Keep the values of a function, as ``functools.lru_cache`` does, but compute none twice at a time.

    A thread that asks for what another thread is computing waits for it. Errors are not kept. It is for what
    takes long, or must not be there twice, such as a thread of the process.

    Args:
        most: values to keep, those that were asked for last; all of them where None.
    """
    return lambda compute: Once(compute, most)

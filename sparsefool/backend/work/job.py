"""Jobs: what sessions have submitted, each a view of a run that sessions may share."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from sparsefool.backend.progress import Status
from sparsefool.errors import Cancelled

if TYPE_CHECKING:
    from sparsefool.backend.work.run import Run

T = TypeVar("T")


class JobState(StrEnum):
    """The states of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Leaving(NamedTuple):
    """How far a run was when a job left it to the others."""

    status: Status
    seconds: float
    error: Cancelled


class Job(Generic[T]):
    """What a session has submitted: its view of a run, which sessions that asked for the same share.

    Attributes:
        session: whose job this is.
    """

    def __init__(self, run: "Run[T]", session: str, is_wanted: Callable[[], bool]) -> None:
        self.session = session
        self._run = run
        self._is_wanted = is_wanted
        self._left: Leaving | None = None
        self._finished = threading.Event()
        self._tell: Callable[[], None] = lambda: None

    @property
    def finished(self) -> bool:
        """Whether the job is done, failed or cancelled."""
        return self._finished.is_set()

    @property
    def state(self) -> JobState:
        """How far the job is."""
        return JobState.CANCELLED if self._left else self._run.state

    @property
    def status(self) -> Status:
        """The latest status that the work reported."""
        return self._left.status if self._left else self._run.status

    @property
    def result(self) -> T | None:
        """What the work returned, once :attr:`state` is ``done``."""
        return None if self._left else self._run.result

    @property
    def error(self) -> BaseException | None:
        """What the work raised, once :attr:`state` is ``failed`` or ``cancelled``."""
        return self._left.error if self._left else self._run.error

    @property
    def seconds(self) -> float:
        """Seconds of running so far or in all; 0 while the job waits."""
        return self._left.seconds if self._left else self._run.seconds

    @property
    def position(self) -> int:
        """Place in the queue: 1 is next; 0 once the job is no longer waiting."""
        return 0 if self._left else self._run.queue.position(self._run)

    @property
    def expected_wait(self) -> float:
        """Seconds until it is likely to start, by the time that jobs took before; 0 once it has."""
        return self._run.queue.expected_wait(self.position)

    @property
    def unfinished(self) -> int:
        """How many jobs of this worker, of all sessions, wait or run."""
        return self._run.queue.unfinished

    def cancel(self, reason: str = "The run was cancelled.") -> None:
        """Cancel a waiting job at once, a running one at the work's next check; no effect once finished.

        Where other sessions wait for the same run, it goes on for them, and this job is cancelled at once.
        """
        self._run.leave(self, reason)

    def cancel_unwanted(self) -> None:
        """Cancel it if its session has gone."""
        if not self._is_wanted():
            self.cancel("The page that asked for this run was closed.")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job is finished, at most ``timeout`` seconds; return whether it is."""
        return self._finished.wait(timeout)

    def when_finished(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called once the job is finished; at once if it is. It replaces what was given before.

        It is called on the thread that ends the job, and must be quick.
        """
        self._tell = tell
        if self.finished:
            tell()

    def end(self, leaving: Leaving | None = None) -> None:
        """Take note that the run has ended, or that it goes on for others."""
        self._left = leaving
        self._finished.set()
        self._tell()

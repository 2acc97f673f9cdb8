"""Looking for a larger λ that gets an attack through where a smaller one is stuck."""

from dataclasses import dataclass, replace

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import recall_or_run
from sparsefool.backend.progress import NullProgress, Progress

LAMBDAS = (2.0, 5.0, 10.0, 20.0)
"""Values of λ that are tried, as far as they are larger than the one that is stuck.

Each about doubles the one before, and takes fewer iterations to fool. A finer grid is no surer:
close to the smallest λ that gets through, others that are a little larger do not.
"""


@dataclass(frozen=True)
class LambdaSearch:
    """A search for the smallest of the larger :data:`LAMBDAS` with which an attack fools the network.

    Attributes:
        request: the attack that is stuck; it takes λ.
    """

    request: AttackRequest

    @property
    def lambdas(self) -> tuple[float, ...]:
        """The values of λ to try, in this order; none where λ is already as large as it gets."""
        return tuple(each for each in LAMBDAS if each > self.request.lambda_)

    @property
    def device(self) -> str:
        """The device of the attack."""
        return self.request.device

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return self.request.networks

    @property
    def subject(self) -> tuple[str, ...]:
        """The picture and the network, whatever the parameters."""
        return self.request.subject


@dataclass(frozen=True, eq=False)
class LambdaSearchReport:
    """What a :class:`LambdaSearch` found: the attack that fooled the network, or None if no λ did."""

    request: LambdaSearch
    report: AttackReport | None


def search_lambda(search: LambdaSearch, progress: Progress | None = None) -> LambdaSearchReport:
    """Run the attack with one λ after the other until the 8-bit image fools the network.

    Each run is the very one that its request gives alone: in a batch, rounding tips some decisions, and what
    fooled there may not fool alone. They share the first linearisation, and a larger λ is paid for only where
    it is needed. How little the network kept of the promises does not tell which λ that will be.

    Args:
        search: what to do.
        progress: as of :func:`sparsefool.backend.attack.run.run_attack`, for all runs together.

    Raises:
        ModelError: the network cannot be loaded.
        DeviceError: the device does not exist, or its memory is full.
        Cancelled: ``progress`` cancelled it.
    """
    progress, lambdas = progress or NullProgress(), search.lambdas
    for number, lambda_ in enumerate(lambdas):
        report = recall_or_run(
            replace(search.request, lambda_=lambda_), _OneOfSeveral(progress, number, len(lambdas), lambda_)
        )
        if report.success_8bit:
            return LambdaSearchReport(search, report)
    return LambdaSearchReport(search, None)


class _OneOfSeveral:
    """The progress of one run among several, as a part of theirs."""

    def __init__(self, progress: Progress, number: int, runs: int, lambda_: float) -> None:
        self._progress, self._number, self._runs = progress, number, runs
        self._title = f"λ = {lambda_:g}, {number + 1} of {runs}"
        self.check = progress.check

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Set the status of all runs."""
        done, total = (self._number * total + done, self._runs * total) if total else (0, 0)
        self._progress.report(done, total, f"{self._title}: {text[0].lower()}{text[1:]}", payload)

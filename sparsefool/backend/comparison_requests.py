"""What the Comparison page asks for: attacks side by side on the same test images."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sparsefool.errors import ParameterError
from sparsefool.experiments.comparison import Comparison
from sparsefool.experiments.paper import compared_attacks, paper_comparison
from sparsefool.zoo.loading import available_models

UPDATES = 5
"""How often the table grows while one attack runs on one network, at least, if there are so many images."""


@dataclass(frozen=True)
class ComparisonRequest:
    """One comparison.

    Attributes:
        dataset: ``"mnist"``, ``"cifar10"`` or ``"imagenet"``.
        models: networks of this data set whose weights are here.
        attacks: titles in :func:`sparsefool.experiments.paper.compared_attacks`.
        images: how many test images each attack gets; the costly attacks get fewer.
        device: ``"auto"`` or a device name of torch.

    Raises:
        ParameterError: one of them is something else, or the attacks cannot be compared.
    """

    dataset: str
    models: tuple[str, ...]
    attacks: tuple[str, ...]
    images: int
    device: str = "auto"

    def __post_init__(self) -> None:
        limits = compared_attacks(self.dataset)
        _check("network", self.models, available_models(self.dataset))
        _check("attack", self.attacks, limits)
        most = max(limits.values())
        if not 1 <= self.images <= most:
            raise ParameterError(f"The number of images must be from 1 to {most}; it is {self.images}.")
        self.comparison()

    @property
    def subject(self) -> tuple[str, ...]:
        """What is compared, whatever the number of images."""
        return self.dataset, *self.models, *self.attacks

    def comparison(self) -> Comparison:
        """Return the experiment, in batches small enough for the table to grow.

        Raises:
            ParameterError: the attacks cannot be compared: random noise needs SparseFool beside it.
        """
        planned = paper_comparison(self.dataset, self.models, self.attacks, self.images)
        smaller = [
            replace(contest, batch=min(contest.batch, max(1, contest.images // UPDATES)))
            for contest in planned.contests
        ]
        return replace(planned, contests=tuple(smaller))


def _check(what: str, chosen: tuple[str, ...], possible: Iterable[str]) -> None:
    known = tuple(possible)
    if not chosen:
        raise ParameterError(f"Choose at least one {what}.")
    for each in chosen:
        if each not in known:
            raise ParameterError(f"{each!r} is no {what} to choose here; there are {', '.join(known)}.")

"""Comparisons of attacks: what may be asked for, running one, and rebuilding its images."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sparsefool import paths
from sparsefool.backend.experiments import work_off
from sparsefool.backend.progress import Progress
from sparsefool.data.galleries import Gallery
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError, ParameterError
from sparsefool.experiments.attack_rows import rebuild
from sparsefool.experiments.comparison import Comparison
from sparsefool.experiments.paper import compared_attacks, paper_comparison
from sparsefool.store.tables import Table
from sparsefool.zoo.loading import available_models
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


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
            replace(attack_run, batch=min(attack_run.batch, max(1, attack_run.images // UPDATES)))
            for attack_run in planned.attack_runs
        ]
        return replace(planned, attack_runs=tuple(smaller))


def _check(what: str, chosen: tuple[str, ...], possible: Iterable[str]) -> None:
    known = tuple(possible)
    if not chosen:
        raise ParameterError(f"Choose at least one {what}.")
    for each in chosen:
        if each not in known:
            raise ParameterError(f"{each!r} is no {what} to choose here; there are {', '.join(known)}.")


def run_comparison(request: ComparisonRequest, progress: Progress) -> Table:
    """Run a comparison as a job: see :func:`sparsefool.backend.experiments.work_off`."""
    return work_off(request.comparison(), paths.OWN_RESULTS, request.device, progress)


def original_picture(model: str, image: int) -> Picture:
    """Return a test image in the size that a network takes.

    Raises:
        DataError: there is no such image.
        ModelError: there is no such network.
    """
    return _samples(model, image).picture(image)


def adversarial_picture(row: "pd.Series[Any]") -> Picture:
    """Return the adversarial image, rounded to 8 bits, that a row of an experiment speaks of.

    Raises:
        DataError: there is no such test image, or the row was measured on another one.
    """
    image, label = int(row["image"]), int(row["label"])
    samples = _samples(str(row["model"]), image)
    places = row["changed_at"]
    if int(samples.labels[image]) != label or (len(places) and max(places) >= samples.images[image].numel()):
        raise DataError(f"Test image {image} is not the one that this row was measured on.")
    adversarial = rebuild(samples.images[image], places.tolist(), row["changed_to"].tolist())
    return Picture.from_tensor(adversarial, f"{samples.names[image]}, adversarial")


def _samples(model: str, image: int) -> Gallery:
    spec = find_spec(model)
    samples = load_samples(spec.dataset, spec.input_size)
    if not 0 <= image < len(samples):
        raise DataError(f"There are {len(samples)} test images of {spec.dataset}; image {image} is none.")
    return samples

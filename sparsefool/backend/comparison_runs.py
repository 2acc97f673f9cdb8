"""Comparisons: run one, rebuild its images."""

from typing import TYPE_CHECKING, Any

from sparsefool import paths
from sparsefool.backend.comparison_requests import ComparisonRequest
from sparsefool.backend.experiment_runs import work_off
from sparsefool.backend.progress import Progress
from sparsefool.data.galleries import Gallery
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError
from sparsefool.experiments.attack_rows import rebuild
from sparsefool.store.tables import Table
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def run_comparison(request: ComparisonRequest, progress: Progress) -> Table:
    """Run a comparison as a job: see :func:`sparsefool.backend.experiment_runs.work_off`."""
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

"""Comparisons: run one, find one that has been run, rebuild its images."""

from typing import TYPE_CHECKING, Any

from sparsefool.backend.comparison_requests import ComparisonRequest
from sparsefool.backend.experiment_runs import OWN_RESULTS, work_off
from sparsefool.backend.progress import Progress
from sparsefool.data.galleries import Gallery
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError
from sparsefool.experiments.attack_rows import rebuild
from sparsefool.experiments.running import stored_table
from sparsefool.store.tables import SHIPPED_RESULTS, Table, read_table
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def run_comparison(request: ComparisonRequest, progress: Progress) -> Table:
    """Run a comparison as a job: see :func:`sparsefool.backend.experiment_runs.work_off`."""
    return work_off(request.comparison(), OWN_RESULTS, request.device, progress)


def own_table(request: ComparisonRequest) -> Table | None:
    """Return the table of a request that was worked off on this machine, or None.

    Raises:
        StoreError: it is damaged.
    """
    return stored_table(request.comparison(), OWN_RESULTS)


def shipped_table(dataset: str) -> Table | None:
    """Return the comparison on a data set that comes with the project, or None where there is none yet.

    Raises:
        StoreError: it is damaged.
    """
    path = SHIPPED_RESULTS / f"comparison-{dataset}.parquet"
    return read_table(path) if path.is_file() else None


def original_picture(model: str, image: int) -> Picture:
    """Return a test image in the size that a network takes.

    Raises:
        DataError: there is no such image.
        ModelError: there is no such network.
    """
    return _samples(model, image).picture(image)


def adversarial_picture(row: "pd.Series[Any]") -> Picture:
    """Return the adversarial image, rounded to 8 bits, that a row of a comparison speaks of.

    Raises:
        DataError: there is no such test image, or the row was measured on another one.
    """
    image, label = int(row["image"]), int(row["label"])
    samples = _samples(str(row["model"]), image)
    places = row["changed_at"]
    if int(samples.labels[image]) != label or (len(places) and max(places) >= samples.images[image].numel()):
        raise DataError(f"Test image {image} is not the one that this row was measured on.")
    adversarial = rebuild(samples.images[image], places.tolist(), row["changed_to"].tolist())
    return Picture.from_tensor(adversarial, f"{samples.names[image]}, {row['attack']}")


def _samples(model: str, image: int) -> Gallery:
    spec = find_spec(model)
    samples = load_samples(spec.dataset, spec.input_size)
    if not 0 <= image < len(samples):
        raise DataError(f"There are {len(samples)} test images of {spec.dataset}; image {image} is none.")
    return samples

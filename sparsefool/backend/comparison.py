"""Comparisons of attacks: which ones may be requested, and rebuilding the images of their rows."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.data.galleries import Gallery
from sparsefool.data.photographs import Pictures
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError, ParameterError
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.experiment import Holds
from sparsefool.experiments.paper.comparison import compared_attacks, paper_comparison
from sparsefool.experiments.records.attack_rows import rebuild
from sparsefool.experiments.records.record import Part
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, find_spec, list_models

if TYPE_CHECKING:
    import pandas as pd


def comparison_request(
    dataset: str,
    models: Sequence[str],
    attacks: Sequence[str],
    images: int,
    device: str = "auto",
    pictures: Pictures | None = None,
) -> ExperimentRequest:
    """Return the request for a comparison.

    Args:
        dataset: ``"mnist"``, ``"cifar10"`` or ``"imagenet"``.
        models: networks of this data set whose weights are here or can be downloaded.
        attacks: titles in :func:`sparsefool.experiments.paper.comparison.compared_attacks`.
        images: how many test images each attack gets; the costly attacks get fewer.
        device: ``"auto"`` or a device name of torch.
        pictures: what is attacked instead of the test images.

    Raises:
        ParameterError: one of them is something else, or the attacks cannot be compared: random noise needs
            SparseFool beside it.
    """
    limits = compared_attacks(dataset, pictures)
    unlisted = [model for model in models if _is_of(model, dataset)]
    _check("network", models, [*_models_of(dataset), *unlisted])
    _check("attack", attacks, limits)
    most = max(limits.values())
    if not 1 <= images <= most:
        raise ParameterError(f"The number of images must be from 1 to {most}; it is {images}.")
    return ExperimentRequest(paper_comparison(dataset, models, attacks, images, pictures), device)


def on_most_images(planned: Comparison, holds: Holds) -> Comparison | None:
    """Return a comparison of those attacks that are stored, each on as many images as there are rows of.

    Args:
        planned: the comparison.
        holds: tells whether rows are there.

    Returns:
        None if nothing is stored.
    """
    runs = [replace(run, images=count) for run in planned.attack_runs if (count := _most(run, holds))]
    there = [run.part for run in runs]
    runs = [run for run in runs if run.record.sized_by is None or run.record.sized_by in there]
    return replace(planned, attack_runs=tuple(runs)) if runs else None


def _most(run: AttackRun, holds: Holds) -> int:
    """Return on how many of the first images of a run there are rows."""
    batch, blocks = run.record.batch, -(-run.images // run.record.batch)

    def is_missing(count: int) -> bool:
        return not holds(Part(run.record, min(count * batch, run.images)))

    return min(bisect_left(range(1, blocks + 1), True, key=is_missing) * batch, run.images)


def _models_of(dataset: str) -> Sequence[str]:
    listed = [spec for spec in MODELS if spec.dataset == dataset]
    return [spec.name for spec in listed if spec.download or is_available(spec.name)]


def _is_of(model: str, dataset: str) -> bool:
    """Return whether a network that is not listed can be compared on a data set."""
    return model not in list_models() and find_spec(model).dataset == dataset


def _check(what: str, chosen: Sequence[str], possible: Iterable[str]) -> None:
    known = tuple(possible)
    if not chosen:
        raise ParameterError(f"Choose at least one {what}.")
    for each in chosen:
        if each not in known:
            raise ParameterError(f"{each!r} is no {what} to choose here; there are {', '.join(known)}.")


def original_picture(model: str, image: int) -> Picture:
    """Return a test image in the size that a network takes.

    Raises:
        DataError: there is no such image.
        ModelError: there is no such network.
    """
    return _with_image(model, image).picture(image)


def adversarial_picture(row: "pd.Series[Any]") -> Picture:
    """Return the adversarial image, rounded to 8 bits, that a row of an experiment describes.

    Raises:
        DataError: there is no such test image, or the row was measured on another one.
    """
    image, label = int(row["image"]), int(row["label"])
    samples = _with_image(str(row["model"]), image)
    places = row["changed_at"]
    if int(samples.labels[image]) != label or (len(places) and max(places) >= samples.images[image].numel()):
        raise DataError(f"Test image {image} is not the one that this row was measured on.")
    adversarial = rebuild(samples.images[image], places.tolist(), row["changed_to"].tolist())
    return Picture.from_tensor(adversarial, f"{samples.names[image]}, adversarial")


def images_for(model: str) -> Gallery:
    """Return the test images of a network's data set, in the size that the network takes.

    Raises:
        DataError: their file is missing or damaged.
        ModelError: there is no such network.
    """
    spec = find_spec(model)
    return load_samples(spec.dataset, spec.input_size)


def _with_image(model: str, image: int) -> Gallery:
    samples = images_for(model)
    if not 0 <= image < len(samples):
        raise DataError(f"There are {len(samples)} test images of {samples.name}; image {image} is none.")
    return samples

"""The networks and the number of images of an experiment where nothing else is said."""

from collections.abc import Sequence

from sparsefool.data.photographs import Pictures
from sparsefool.data.specs import DatasetSpec
from sparsefool.errors import ParameterError
from sparsefool.zoo.loading import available_models
from sparsefool.zoo.specs import MODELS, find_spec

MOST_PICTURES = 4000
"""How many of a set of pictures are attacked if one is not told: as many as the paper's of ImageNet."""

SWEPT_PICTURES = 200
"""The same of a sweep, which attacks each picture many times."""


def usual_images(dataset: DatasetSpec, pictures: Pictures | None) -> int:
    """Return how many images an experiment attacks if it is not told: of the pictures, or test images."""
    return dataset.test_images if pictures is None else min(len(pictures), MOST_PICTURES)


def networks_of(dataset: str, models: Sequence[str]) -> tuple[str, ...]:
    """Return the given networks; where there is none, those of the data set that load without a download.

    Raises:
        ModelError: there is no such network.
        ParameterError: one was trained on another data set, or none is given and none is here.
    """
    known = ", ".join(spec.name for spec in MODELS if spec.dataset == dataset)
    for model in models:
        if find_spec(model).dataset != dataset:
            raise ParameterError(f"{model} was not trained on {dataset}; networks that were: {known}.")
    chosen = tuple(models) or available_models(dataset)
    if not chosen:
        raise ParameterError(f"No network for {dataset} is on this machine; name one of {known}.")
    return chosen

"""The test images on which experiments run, without a download.

1,000 official test images of MNIST and the first 1,000 of CIFAR-10 come with the project; of ImageNet there
are the twenty sample images of the gallery.
"""

from functools import lru_cache

from sparsefool import paths
from sparsefool.data.datasets import DATASETS, load_dataset
from sparsefool.data.galleries import Gallery, load_gallery
from sparsefool.data.specs import class_names


def load_samples(dataset: str, size: tuple[int, int] | None = None) -> Gallery:
    """Return all of the project's test images of a data set.

    Args:
        dataset: ``"mnist"``, ``"cifar10"`` or ``"imagenet"``.
        size: height and width of ImageNet images; the others have one size.

    Raises:
        DataError: there is no such data set, or its file is missing or damaged.
    """
    return _load(dataset, size if dataset == "imagenet" else None)


@lru_cache(maxsize=8)
def _load(dataset: str, size: tuple[int, int] | None) -> Gallery:
    if dataset not in DATASETS:
        return load_gallery(dataset, size)
    given = load_dataset(dataset, "test", paths.TEST_IMAGES)
    names = tuple(f"{dataset}_{number:04d}" for number in range(len(given)))
    return Gallery(dataset, given.images.float() / 255, given.labels, class_names(dataset), names)

"""The test images on which experiments run, without a download.

1,000 official test images of MNIST and the first 1,000 of CIFAR-10 come with the project; of ImageNet there
are the twenty sample images of the gallery.
"""

from pathlib import Path

from sparsefool import paths
from sparsefool.data.datasets import count_images, load_dataset
from sparsefool.data.galleries import Gallery, count_gallery, load_gallery
from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.once import once


def load_samples(dataset: str, size: tuple[int, int] | None = None) -> Gallery:
    """Return all of the project's test images of a data set.

    Args:
        dataset: name of one of :data:`sparsefool.data.specs.DATASETS`.
        size: height and width of the images of a data set that is resized to its networks; the others have
            one size.

    Raises:
        DataError: there is no such data set, or its file is missing or damaged.
    """
    spec = find_dataset(dataset)
    return _load(spec, size if spec.resized else None)


def is_test_image(gallery: str, index: int) -> bool:
    """Return whether the picture of this number, as the pages count them, is the test image of this number.

    Raises:
        DataError: there is no such gallery, or its images are missing.
    """
    return find_dataset(gallery).samples_are_tests or index >= count_gallery(gallery)


def count_samples(dataset: str) -> int:
    """Return how many of the project's test images of a data set there are, without reading them.

    Raises:
        DataError: as for :func:`load_samples`.
    """
    return _count(find_dataset(dataset), paths.TEST_IMAGES)


@once(8)
def _count(spec: DatasetSpec, folder: Path) -> int:
    return count_gallery(spec.name) if spec.files is None else count_images(spec.name, "test", folder)


@once(8)
def _load(spec: DatasetSpec, size: tuple[int, int] | None) -> Gallery:
    if spec.files is None:
        return load_gallery(spec.name, size)
    given = load_dataset(spec.name, "test", paths.TEST_IMAGES)
    names = tuple(f"{spec.name}_{number:04d}" for number in range(len(given)))
    return Gallery(spec.name, given.images.float() / 255, given.labels, spec.class_names, names)

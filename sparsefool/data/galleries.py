"""Twenty labelled sample images of each data set, which the foolbox package ships as data.

The MNIST and CIFAR-10 images are the first twenty of the official test sets. foolbox itself is not imported
here.
"""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.data.image_files import fit, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.errors import DataError

GALLERIES = tuple(spec.name for spec in DATASETS)

GALLERY_SIZE = 20
"""Sample images of each data set."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """Labelled images of one data set.

    Attributes:
        name: the data set.
        images: in [0, 1], every value on the 8-bit grid.
        labels: the true classes.
        class_names: the names of all classes of the data set.
        names: what each image is called: data set and number.
    """

    name: str
    images: Float[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]
    class_names: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def part(self, first: int, last: int) -> "Gallery":
        """Return images ``first`` to ``last`` (exclusive)."""
        rows = slice(first, last)
        return replace(self, images=self.images[rows], labels=self.labels[rows], names=self.names[rows])

    def picture(self, index: int) -> Picture:
        """Return image ``index`` as a picture."""
        return Picture.from_tensor(self.images[index], self.names[index])


def load_gallery(name: str, size: tuple[int, int] | None = None) -> Gallery:
    """Return the sample images of a data set.

    ImageNet images are resized and centre-cropped as networks are commonly evaluated on them (shorter side to
    256, central 224); MNIST and CIFAR-10 images are unchanged.

    Args:
        name: of one of :data:`sparsefool.data.specs.DATASETS`: ``"mnist"``, ``"cifar10"`` or ``"imagenet"``.
        size: height and width; by default those of the data set: 28 x 28, 32 x 32 or 224 x 224.

    Raises:
        DataError: there is no such gallery, or the foolbox package is not installed.

    Example:
        >>> load_gallery("cifar10").images.shape
        torch.Size([20, 3, 32, 32])
    """
    if name not in GALLERIES:
        raise DataError(f"There is no gallery {name!r}; there are {', '.join(GALLERIES)}.")
    spec, paths = find_dataset(name), _find_files(name)
    pictures = [
        fit(read_picture(path.read_bytes(), path.name), size or spec.image_size, spec.channels, spec.crop)
        for path in paths
    ]
    fields = [path.stem.split("_") for path in paths]
    return Gallery(
        name=name,
        images=torch.cat([picture.tensor() for picture in pictures]),
        labels=torch.tensor([int(label) for _, _, label in fields]),
        class_names=spec.class_names,
        names=tuple(f"{dataset}_{number}" for dataset, number, _ in fields),
    )


def count_gallery(name: str) -> int:
    """Return how many sample images of a data set there are, without reading them.

    Raises:
        DataError: the foolbox package is not installed.
    """
    return len(_find_files(name))


def _find_files(name: str) -> list[Path]:
    package = importlib.util.find_spec("foolbox")
    folders = (package and package.submodule_search_locations) or []
    paths = [path for folder in folders for path in Path(folder, "data").glob(f"{name}_*_*.*")]
    if not paths:
        raise DataError(
            f"The {name} sample images come with the package foolbox, which is not installed or incomplete: "
            "pip install foolbox"
        )
    return sorted(paths)

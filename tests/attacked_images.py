"""Which images the measuring programs of this folder attack."""

from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from sparsefool.data.picture_sets import open_set
from sparsefool.data.samples import load_samples
from sparsefool.zoo.specs import ModelSpec


def attacked_images(spec: ModelSpec, n: int, data: Path | None = None) -> Float[Tensor, "n c h w"]:
    """Return the first n test images of a network's data set, or pictures at ``data`` in seed 0's order."""
    if data is None:
        return load_samples(spec.dataset, spec.input_size).part(0, n).images
    pictures = open_set(data, spec.dataset).pictures
    return pictures.load(spec.input_size, 0, n).gallery.images

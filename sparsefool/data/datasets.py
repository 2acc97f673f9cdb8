"""The full data sets, MNIST and CIFAR-10: from local Parquet files, or downloaded by torchvision.

A local folder has the Hugging Face layout: ``DIR/cifar10/{train,test}.parquet`` with the columns ``img``
and ``label``, ``DIR/mnist/{train,test}.parquet`` with ``image`` and ``label``; ``DIR`` may also be the
inner folder.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from numpy.typing import NDArray
from torch import Tensor

from sparsefool import paths
from sparsefool.data.specs import DATASETS, DatasetSpec, Files
from sparsefool.errors import DataError

DATA_VARIABLE = "SPARSEFOOL_DATA"
Split = Literal["train", "test"]


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images as 8-bit values and the class of each."""

    images: UInt8[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.labels)


def load_dataset(name: str, split: Split, folder: str | Path | None = None) -> LabelledImages:
    """Return the training or test images of a data set.

    Args:
        name: of a data set of which all images can be had: ``"mnist"`` or ``"cifar10"``.
        split: which part of it.
        folder: where its Parquet files are; by default what the environment variable SPARSEFOOL_DATA says.
            Without either, torchvision downloads the data set into the folder ``data`` of the project.

    Raises:
        DataError: the data set is unknown, or its files are missing, damaged or laid out differently.
    """
    complete = {spec.name: (spec, spec.files) for spec in DATASETS if spec.files is not None}
    if name not in complete:
        raise DataError(f"There is no data set {name!r}; there are {', '.join(complete)}.")
    spec, files = complete[name]
    chosen = folder or os.environ.get(DATA_VARIABLE)
    if chosen:
        return _read_parquet(_find_file(Path(chosen), name, split), spec, files)
    return _download(spec, files, split)


def count_images(name: str, split: Split, folder: Path) -> int:
    """Return how many images :func:`load_dataset` returns, without reading them.

    Raises:
        DataError: as there.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _find_file(folder, name, split)
    try:
        count: int = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file ({error}). Fetch it again.") from error
    return count


def _find_file(folder: Path, name: str, split: str) -> Path:
    candidates = [folder / name / f"{split}.parquet", folder / f"{split}.parquet"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise DataError(
        f"The {name} {split} images were expected in {candidates[0]} or {candidates[1]}; neither exists. "
        f"Name the folder with --data or {DATA_VARIABLE}, or give none to let torchvision download them."
    )


def _read_parquet(path: Path, spec: DatasetSpec, files: Files) -> LabelledImages:
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = [files.image_column, "label"]
    try:
        found = pq.read_schema(path).names
        missing = [column for column in wanted if column not in found]
        if missing:
            raise DataError(f"{path} needs the columns {wanted}; it has {found}.")
        table = pq.read_table(path, columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file ({error}). Fetch it again.") from error
    cells = table.column(files.image_column).to_pylist()
    images = np.empty((len(cells), *_shape(spec)), np.uint8)
    for row, cell in enumerate(cells):
        images[row] = _decode(cell, spec, f"{path}, row {row}")
    return _as_tensors(images, np.asarray(table.column("label").to_pylist()), spec, str(path))


def _shape(spec: DatasetSpec) -> tuple[int, ...]:
    """Return the shape of an image as Pillow and numpy have it: grey without an axis for its channel."""
    return spec.image_size if spec.channels == 1 else (*spec.image_size, spec.channels)


def _decode(cell: Any, spec: DatasetSpec, where: str) -> NDArray[Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(cell["bytes"])) as image:
            pixels = np.asarray(image.convert("L" if spec.channels == 1 else "RGB"))
    except (TypeError, KeyError, UnidentifiedImageError, OSError) as error:
        raise DataError(f"{where} holds no readable image in its field 'bytes' ({error}).") from error
    if pixels.shape != _shape(spec):
        raise DataError(f"{where}: an image of shape {_shape(spec)} was expected; it is {pixels.shape}.")
    return pixels


def _as_tensors(images: NDArray[Any], labels: NDArray[Any], spec: DatasetSpec, where: str) -> LabelledImages:
    last = len(spec.class_names) - 1
    if not len(labels) or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > last:
        raise DataError(f"{where}: labels must be whole numbers from 0 to {last}, and at least one.")
    pixels = torch.from_numpy(images.reshape(*images.shape[:3], -1)).permute(0, 3, 1, 2).contiguous()
    return LabelledImages(pixels, torch.from_numpy(labels.astype(np.int64)))


def _download(spec: DatasetSpec, files: Files, split: str) -> LabelledImages:
    from torchvision import datasets

    try:
        kind = getattr(datasets, files.torchvision_name)
        downloaded = kind(paths.DOWNLOADS, train=split == "train", download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"{files.torchvision_name} could not be downloaded into {paths.DOWNLOADS} ({error}). Check the "
            f"connection, or name a folder with its Parquet files with --data or {DATA_VARIABLE}."
        ) from error
    return _as_tensors(np.array(downloaded.data), np.array(downloaded.targets), spec, str(paths.DOWNLOADS))

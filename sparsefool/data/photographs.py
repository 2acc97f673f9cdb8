"""Pictures with annotated parts: some of a data set's test images, or photographs in a Parquet file."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import torch

from sparsefool.data.galleries import Gallery
from sparsefool.data.image_files import fit, read_picture
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import find_dataset
from sparsefool.errors import DataError

ROW = re.compile(r"row-(\d+)\.png")
"""What annotations call the photograph in a row of a Parquet file; rows count from 0."""


@dataclass(frozen=True)
class Pictures:
    """Chosen pictures of one data set.

    Attributes:
        dataset: that of the networks which are attacked.
        source: what the annotations call the data set; another name than ``dataset`` for photographs.
        images: what the annotations call the pictures: numbers of test images, or ``row-N.png``.
        classes: what they show, checked against the file's labels; empty where that is not known.
        file: with the photographs, columns ``image`` (a struct with ``bytes``) and ``label``. It decides
            nothing that is described on disk, and is only needed to attack them.
    """

    dataset: str
    source: str
    images: tuple[int | str, ...]
    classes: tuple[str, ...] = field(default=(), compare=False)
    file: Path | None = field(default=None, compare=False)

    def load(self, size: tuple[int, int], first: int, last: int) -> Gallery:
        """Return pictures ``first`` to ``last`` (exclusive), with their true classes.

        Args:
            size: height and width that the network takes; photographs are resized and cropped as the sample
                pictures of the data set are.

        Raises:
            DataError: there is no such picture, or the file with the photographs is missing, damaged, or
                another one than was annotated.
        """
        names = self.images[first:last]
        if all(isinstance(name, int) for name in names):
            there = load_samples(self.dataset, size)
            if max(map(int, names)) >= len(there):
                raise DataError(
                    f"There are {len(there)} test images of {self.dataset}; {names} were asked for."
                )
            chosen = torch.tensor([int(name) for name in names])
            return Gallery(
                self.dataset,
                there.images[chosen],
                there.labels[chosen],
                there.class_names,
                tuple(there.names[number] for number in chosen.tolist()),
            )
        if self.file is None:
            raise DataError(f"{self.source} does not come with the project: name its Parquet file.")
        return self._photographs(self.file, size, first, last)

    def _photographs(self, file: Path, size: tuple[int, int], first: int, last: int) -> Gallery:
        spec, cells = find_dataset(self.dataset), _read(file)
        pictures, labels = [], []
        for position in range(first, last):
            name = str(self.images[position])
            found = ROW.fullmatch(name)
            if found is None or int(found[1]) >= len(cells):
                raise DataError(f"{file} has {len(cells)} rows; {name} is none of them.")
            data, label = cells[int(found[1])]
            shown = spec.class_names[label]
            if self.classes and self.classes[position] != shown:
                raise DataError(
                    f"{name} is annotated as {self.classes[position]}; in {file} it is labelled {shown}. "
                    "Name the file that was annotated."
                )
            picture = fit(read_picture(data, name), size, spec.channels, spec.crop)
            pictures.append(picture.tensor())
            labels.append(label)
        names = tuple(map(str, self.images[first:last]))
        return Gallery(self.source, torch.cat(pictures), torch.tensor(labels), spec.class_names, names)


@lru_cache(maxsize=1)
def _read(file: Path) -> tuple[tuple[bytes, int], ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file, columns=["image", "label"])
        cells = table.column("image").to_pylist(), table.column("label").to_pylist()
        return tuple((cell["bytes"], int(label)) for cell, label in zip(*cells, strict=True))
    except (pa.ArrowException, OSError, KeyError, TypeError) as error:
        raise DataError(f"{file} is no Parquet file with the columns image and label ({error}).") from error

"""Records and experiments that are measured in no time."""

from dataclasses import dataclass, field

import pandas as pd

from sparsefool.experiments.experiment import part_after_part
from sparsefool.experiments.records.record import Part

LENET = "mnist/lenet"

MEASURED = []
"""The first images of the blocks that were measured, in order; tests empty it."""


@dataclass(frozen=True)
class Squares:
    """The rows are the numbers of the images and their squares; ``factor`` stands for what decides them."""

    factor: int = 1
    batch: int = 4
    model: str = LENET
    models: tuple[str, ...] = (LENET,)
    label: str = "squares"
    error: BaseException | None = field(default=None, compare=False)

    @property
    def title(self):
        return f"Squares times {self.factor}"

    def describe(self):
        return {"squares": self.factor, "batch": self.batch}

    def measure(self, first, last, context):
        context.check()
        if self.error is not None:
            raise self.error
        MEASURED.append(first)
        images = range(first, last)
        squares = [self.factor * image**2 for image in images]
        return pd.DataFrame({"image": images, "square": squares, "seconds": 0.5})


@dataclass(frozen=True)
class Reading:
    """An experiment that reads some parts."""

    read: tuple[Part, ...]
    models: tuple[str, ...] = (LENET,)
    name: str = "reading"

    @property
    def images(self):
        return max(part.images for part in self.read)

    def parts(self):
        return self.read

    def tasks(self):
        return part_after_part(self.read)

    def stored(self, holds):
        return self if all(map(holds, self.read)) else None

    def table(self, read):
        return pd.concat(map(read, self.read), ignore_index=True)

    def describe(self):
        return {"factors": [part.record.factor for part in self.read], "images": self.images}

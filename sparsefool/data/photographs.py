"""Pictures that are attacked in the place of a data set's test images: of one's own, or ImageNet's.

Some are named one by one, such as those with annotated parts. Of a whole set the first so many are taken, in
an order that a seed decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from sparsefool.data.galleries import Gallery
from sparsefool.data.image_files import fit, read_picture
from sparsefool.data.listings.find import list_unchanged
from sparsefool.data.listings.listing import Listing
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import find_dataset
from sparsefool.errors import DataError, ImageError
from sparsefool.once import once


@dataclass(frozen=True)
class SeededOrder:
    """All pictures of a set, in an order that depends on a seed and on their names.

    Attributes:
        seed: of the order.
        count: pictures of the set.
        digest: that of :class:`~sparsefool.data.listings.listing.Listing`: of all names, labels and sizes.
    """

    seed: int
    count: int
    digest: str


@dataclass(frozen=True, eq=False)
class LoadedPictures:
    """Some pictures of a set that could be read.

    Attributes:
        gallery: the pictures.
        numbers: the place of each in the order of its set.
        left_out: why the others could not be read, by their names.
    """

    gallery: Gallery
    numbers: tuple[int, ...]
    left_out: Mapping[str, str]


@dataclass(frozen=True)
class Pictures:
    """Chosen pictures of one data set.

    Attributes:
        dataset: that of the networks which are attacked.
        source: what the set is called on disk; the data set's name for some of its test images.
        images: what the pictures are called: numbers of test images, names of files, or ``row-N.png`` of a
            Parquet file; or, of a whole set, its order.
        classes: what they show, checked against their labels; empty, or empty names, where that is not known.
        place: the file or folder with the pictures. It decides nothing that is described on disk, and is only
            needed to attack them.
    """

    dataset: str
    source: str
    images: tuple[int | str, ...] | SeededOrder
    classes: tuple[str, ...] = field(default=(), compare=False)
    place: Path | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return self.images.count if isinstance(self.images, SeededOrder) else len(self.images)

    @property
    def named(self) -> tuple[int | str, ...]:
        """What the pictures are called that are named one by one; nothing of a whole set."""
        return () if isinstance(self.images, SeededOrder) else self.images

    def describe(self) -> Mapping[str, Any]:
        """Return what decides which pictures these are, ready for JSON."""
        if isinstance(self.images, SeededOrder):
            return {"of": self.source, "seed": self.images.seed, "digest": self.images.digest}
        return {"of": self.source, "images": list(self.images)}

    def load(self, size: tuple[int, int], first: int, last: int) -> LoadedPictures:
        """Return those of the pictures ``first`` to ``last`` (exclusive) that can be read.

        Args:
            size: height and width that the network takes; pictures are resized and cropped as the sample
                pictures of the data set are.

        Raises:
            DataError: there is no such picture, or the file or folder is missing, damaged, or another one
                than was described.
        """
        if self.named and all(isinstance(each, int) for each in self.named[first:last]):
            return self._test_images(size, first, last)
        spec, listing = find_dataset(self.dataset), self._listing()
        pictures, labels, names, numbers, left_out = [], [], [], [], {}
        for number, at in enumerate(self._positions(listing, first, last), first):
            name = listing.names[at]
            try:
                picture = fit(read_picture(listing.read(at), name), size, spec.channels, spec.crop)
            except ImageError as error:
                left_out[name] = str(error)
                continue
            except OSError as error:
                raise DataError(
                    f"{name} in {self.place} can no longer be read: {error.strerror}. What is finished is "
                    "kept."
                ) from error
            pictures.append(picture.tensor())
            labels.append(listing.entries[at].label)
            names.append(name)
            numbers.append(number)
        images = torch.cat(pictures) if pictures else torch.zeros(0, spec.channels, *size)
        gallery = Gallery(
            self.source, images, torch.tensor(labels, dtype=torch.int64), spec.class_names, tuple(names)
        )
        return LoadedPictures(gallery, tuple(numbers), left_out)

    def _test_images(self, size: tuple[int, int], first: int, last: int) -> LoadedPictures:
        numbers, there = [int(each) for each in self.named[first:last]], load_samples(self.dataset, size)
        if max(numbers) >= len(there):
            raise DataError(
                f"There are {len(there)} test images of {self.dataset}; {max(numbers)} was asked for."
            )
        names = tuple(there.names[number] for number in numbers)
        gallery = Gallery(
            self.dataset, there.images[numbers], there.labels[numbers], there.class_names, names
        )
        return LoadedPictures(gallery, tuple(range(first, last)), {})

    def _listing(self) -> Listing:
        if self.place is None:
            raise DataError(
                f"{self.source} does not come with the project: name its folder or Parquet file with --data."
            )
        digest = self.images.digest if isinstance(self.images, SeededOrder) else ""
        changed = self.place.stat().st_mtime_ns if self.place.exists() else 0
        listing = list_unchanged(self.place, self.dataset, digest or str(changed))
        if digest and listing.digest != digest:
            raise DataError(
                f"The {len(listing)} pictures in {self.place} are not the {len(self)} of {self.source} whose "
                "digest was described: names, labels or sizes differ. Give the command again with these."
            )
        return listing

    def _positions(self, listing: Listing, first: int, last: int) -> list[int]:
        if isinstance(self.images, SeededOrder):
            return list(_order(listing, self.images.seed)[first:last])
        return [self._position(listing, place) for place in range(first, last)]

    def _position(self, listing: Listing, place: int) -> int:
        """Return where a picture that is named lies in the listing; it shows what was said."""
        name = str(self.named[place])
        called = zip(listing.names, (each.full_name for each in listing.entries), strict=True)
        at = next((at for at, names in enumerate(called) if name in names), None)
        if at is None:
            raise DataError(f"{self.place} has {len(listing)} pictures; {name} is none of them.")
        shown = find_dataset(self.dataset).class_names[listing.entries[at].label]
        said = self.classes[place] if self.classes else ""
        if said and said != shown:
            raise DataError(
                f"{name} is annotated as {said}; in {self.place} it is labelled {shown}. "
                "Name the file that was annotated."
            )
        return at


@once(4)
def _order(listing: Listing, seed: int) -> tuple[int, ...]:
    return listing.seeded_order(seed)

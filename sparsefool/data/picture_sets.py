"""Sets of pictures that were attacked: what they are and what is in them, kept without the pictures.

One JSON file for each, in ``assets/pictures`` or ``runs/pictures``, so that the pages can tell what the rows
of attacks on pictures are about that they do not have.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sparsefool import paths
from sparsefool.atomic_files import replacing
from sparsefool.data.listings.find import list_pictures
from sparsefool.data.photographs import Pictures, SeededOrder
from sparsefool.errors import StoreError
from sparsefool.once import once

FORMAT = 1


@dataclass(frozen=True)
class PictureSet:
    """A set of labelled pictures, in its seeded order.

    Attributes:
        pictures: the set.
        title: what it holds, for a person, such as ``photographs of ImageNet's validation set``.
        listed: the name and the class of each picture, in that order.
        notes: sentences on what was left out when the pictures were listed.
    """

    pictures: Pictures
    title: str
    listed: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of all its pictures."""
        return self.pictures.images.digest if isinstance(self.pictures.images, SeededOrder) else ""

    @property
    def heading(self) -> str:
        """How many pictures of what."""
        return f"{len(self.listed):,} {self.title}"


def open_set(place: Path, dataset: str, seed: int = 0, name: str = "", title: str = "") -> PictureSet:
    """Return the labelled pictures at a place, in the order of a seed; none is opened.

    Args:
        place: of a Parquet file or a folder, as in :func:`~sparsefool.data.listings.find.list_pictures`.
        dataset: whose classes they show.
        seed: of the order.
        name: what the set is called on disk. Where not given, as a known set of the same pictures is, or else
            the file or folder.
        title: what it holds, for a person; where not given, likewise, or ``pictures of NAME``.

    Raises:
        DataError: the pictures are missing, or in no layout that is understood.
    """
    listing = list_pictures(place, dataset)
    order = SeededOrder(seed, len(listing), listing.digest)
    known = next((each for each in known_sets(dataset) if each.digest == order.digest), None)
    if known is not None:
        name, title = name or known.pictures.source, title or known.title
    name = name or _usual_name(place, dataset)
    listed = tuple((listing.names[at], listing.entries[at].label) for at in listing.seeded_order(seed))
    pictures = Pictures(dataset, name, order, place=place.absolute())
    return PictureSet(pictures, title or f"pictures of {name}", listed, listing.notes)


def keep_set(found: PictureSet, folder: Path | None = None) -> Path:
    """Write what is in a set into a folder; return the file.

    Args:
        found: the set.
        folder: :data:`sparsefool.paths.OWN_SETS` where not given.
    """
    order = found.pictures.images
    assert isinstance(order, SeededOrder)
    slug = re.sub(r"[^a-z0-9]+", "-", found.pictures.source.lower()).strip("-")
    path = (folder or paths.OWN_SETS) / f"{found.pictures.dataset}-{slug}-{order.seed}-{order.digest}.json"
    content = {
        "format": FORMAT,
        "dataset": found.pictures.dataset,
        "name": found.pictures.source,
        "title": found.title,
        "seed": order.seed,
        "digest": order.digest,
        "pictures": [list(each) for each in found.listed],
    }
    text = (json.dumps(content) + "\n").encode()
    if not path.is_file() or path.read_bytes() != text:
        with replacing(path) as unfinished:
            unfinished.write_bytes(text)
    return path


def ship_sets(chosen: Iterable[Pictures]) -> None:
    """Write what is in sets of one's own into the folder of those that come with the project."""
    wanted = set(chosen)
    for dataset in dict.fromkeys(each.dataset for each in wanted):
        for found in known_sets(dataset):
            if found.pictures in wanted:
                keep_set(found, paths.SHIPPED_SETS)


def known_sets(dataset: str) -> Sequence[PictureSet]:
    """Return the sets of a data set's pictures that were attacked: those that are shipped, then one's own.

    Raises:
        StoreError: a file is damaged; the message names it.
    """
    found: dict[Pictures, PictureSet] = {}
    for folder in (paths.SHIPPED_SETS, paths.OWN_SETS):
        for path in sorted(folder.glob(f"{dataset}-*.json")):
            each = _read(path, path.stat().st_mtime_ns)
            found.setdefault(each.pictures, each)
    return tuple(each for each in found.values() if each.pictures.dataset == dataset)


@once(64)
def _read(path: Path, _changed: int) -> PictureSet:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise StoreError(f"{path} is of format {told['format']}; this version reads format {FORMAT}.")
        listed = tuple((str(name), int(label)) for name, label in told["pictures"])
        order = SeededOrder(int(told["seed"]), len(listed), str(told["digest"]))
        return PictureSet(Pictures(told["dataset"], told["name"], order), str(told["title"]), listed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged ({error}). Delete it: the next run writes it anew.") from error


def _usual_name(place: Path, dataset: str) -> str:
    resolved = place.resolve()
    name = resolved.stem if resolved.is_file() else resolved.name
    return f"{dataset}-pictures" if name in ("", dataset) else name

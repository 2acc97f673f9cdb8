"""Pictures in a folder for each class, or all in one folder with a file of labels."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sparsefool.data.listings.ground_truth import IN_ORDER, GroundTruth, find_ground_truth
from sparsefool.data.listings.labels import find_label
from sparsefool.data.listings.listing import ENDINGS, Entry, Listing, some
from sparsefool.data.specs import DatasetSpec
from sparsefool.errors import DataError


def list_folder(folder: Path, spec: DatasetSpec) -> Listing:
    """Return the pictures below a folder; none is opened.

    Where it has folders of its own, each is a class, and all pictures in it, however deep, are of that class.
    Otherwise the pictures lie in the folder itself, and a file beside them says what they show: see
    :func:`~sparsefool.data.listings.ground_truth.find_ground_truth`. Hidden files are passed over; links are
    followed, a folder is entered once.

    Raises:
        DataError: there is no picture, a folder is no class, or the labels are missing or contradict the
            pictures.
    """
    found = _Walk()
    try:
        inside = sorted(_shown(folder), key=lambda each: each.name)
        folders = [each for each in inside if _is_folder(each)]
        loose = [each for each in inside if not _is_folder(each) and _is_picture(each.name)]
        truth = find_ground_truth(folder, spec) if loose else None
        if loose and truth is None and not folders:
            raise DataError(_no_labels(folder))
        if truth is None:
            _walk_classes(found, folder, folders, spec)
            if loose:
                names = some(each.name for each in loose)
                found.notes.append(f"Left out, as they are in no class folder: {names}.")
        else:
            for each in loose:
                found.take(each, each.name, truth)
    except OSError as error:
        raise DataError(f"{error.filename or folder} cannot be read: {error.strerror}.") from error
    if not found.entries:
        raise DataError(f"There is no picture in {folder}. Endings that count: {' '.join(sorted(ENDINGS))}.")
    paths = tuple(found.paths)
    return Listing(tuple(found.entries), lambda at: paths[at].read_bytes(), found.all_notes())


@dataclass
class _Walk:
    """What was found on the way."""

    entries: list[Entry] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    entered: set[tuple[int, int]] = field(default_factory=set)

    def take(self, file: "os.DirEntry[str]", full_name: str, label: "int | GroundTruth") -> None:
        """Note a file: a picture with its size, or what it is instead."""
        if not _is_picture(file.name):
            self.others[Path(file.name).suffix or file.name] += 1
            return
        try:
            size = file.stat().st_size
        except OSError:
            self.broken.append(full_name)
            return
        known = label if isinstance(label, int) else label.label_of(file.name)
        self.entries.append(Entry(file.name, full_name, known, size))
        self.paths.append(Path(file.path))

    def all_notes(self) -> tuple[str, ...]:
        """Return a sentence for each kind of thing that was left out."""
        notes = list(self.notes)
        if self.broken:
            notes.append(f"Left out, as these links lead nowhere: {some(self.broken)}.")
        if self.others:
            kinds = some(f"{count} × {kind}" for kind, count in self.others.most_common())
            notes.append(f"Files that are no pictures by their ending were passed over: {kinds}.")
        return tuple(notes)


def _walk_classes(found: _Walk, folder: Path, classes: "list[os.DirEntry[str]]", spec: DatasetSpec) -> None:
    empty = []
    above = [folder.resolve(), *folder.resolve().parents]
    found.entered |= {_identity(each) for each in (*above, *(Path(each.path) for each in classes))}
    for each in classes:
        label = find_label(spec, each.name, f"In {folder}, the folder")
        before = len(found.entries)
        _walk(found, Path(each.path), each.name, label)
        if len(found.entries) == before:
            empty.append(each.name)
    if empty and found.entries:
        found.notes.append(f"Class folders without a picture: {some(empty)}.")


def _walk(found: _Walk, folder: Path, name: str, label: int) -> None:
    for each in sorted(_shown(folder), key=lambda each: each.name):
        if not _is_folder(each):
            found.take(each, f"{name}/{each.name}", label)
        elif _identity(Path(each.path)) not in found.entered:  # a link may lead back, up or to another class
            found.entered.add(_identity(Path(each.path)))
            _walk(found, Path(each.path), f"{name}/{each.name}", label)


def _identity(folder: Path) -> tuple[int, int]:
    state = folder.stat()
    return state.st_dev, state.st_ino


def _shown(folder: Path) -> "Iterator[os.DirEntry[str]]":
    """Yield what is in a folder, without what is hidden."""
    with os.scandir(folder) as inside:
        yield from (each for each in inside if not each.name.startswith((".", "__")))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in ENDINGS


def _no_labels(folder: Path) -> str:
    return (
        f"The pictures in {folder} have no labels. Expected is one folder for each class, or a file beside "
        f"the pictures: ILSVRC's {IN_ORDER} with the development kit's meta.mat, or labels.txt with lines of "
        "a file's name and its class."
    )

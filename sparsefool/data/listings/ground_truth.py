"""What the pictures of one folder show, by a file beside them: ILSVRC's own, Kaggle's, or one's own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sparsefool.data.listings.labels import find_label
from sparsefool.data.specs import DatasetSpec
from sparsefool.errors import DataError

IN_ORDER = "ILSVRC2012_validation_ground_truth.txt"
"""One class in each line, that of the picture of this number: ILSVRC2012_val_00000001 has the first."""

NAMED = ("labels.txt", "val.txt", "LOC_val_solution.csv")
"""The name of a file and its class in each line, with a space, tab or comma between them."""

KIT = Path("ILSVRC2012_devkit_t12", "data")
"""Where ILSVRC's development kit has its files."""

_NUMBER = re.compile(r"_(\d{8})\.\w+$")
_PAIR = re.compile(r"^(\S+?)\s*[\s,]\s*(\S.*?)\s*$")


@dataclass(frozen=True)
class GroundTruth:
    """The classes of pictures by their names, or by the numbers in their names.

    Attributes:
        file: that says so.
        named: labels by file name, without its ending; empty where the lines are in order.
        in_order: labels of the pictures 1, 2, and so on.
    """

    file: Path
    named: Mapping[str, int]
    in_order: Sequence[int]

    def label_of(self, name: str) -> int:
        """Return the class of a picture.

        Raises:
            DataError: the file does not say it.
        """
        if self.named:
            stem = name.rpartition(".")[0]
            if stem not in self.named:
                raise DataError(f"{self.file} does not say what {name} shows.")
            return self.named[stem]
        number = _NUMBER.search(name)
        if number is None or not 1 <= int(number[1]) <= len(self.in_order):
            raise DataError(
                f"{self.file} has {len(self.in_order)} lines, for ILSVRC2012_val_00000001.JPEG and so on; "
                f"{name} is none of these."
            )
        return self.in_order[int(number[1]) - 1]


def find_ground_truth(folder: Path, spec: DatasetSpec) -> GroundTruth | None:
    """Return what the pictures of a folder show, if a file beside them says so.

    - :data:`IN_ORDER`, there, in the folder above or in the development kit in either. ILSVRC's numbers from
      1 to 1000 are in the order of its development kit, not in that of networks: the kit's ``meta.mat`` (or
      ``map_clsloc.txt``) must lie beside it. Instead, each line may hold a WordNet ID, or a network's class
      from 0 to 999; a file with a 0 has these.
    - One of :data:`NAMED`: classes as :func:`~sparsefool.data.listings.labels.find_label` takes them; numbers
      count from 0.

    Raises:
        DataError: the file cannot be understood, or what its numbers mean is not said.
    """
    for place in (folder, folder / KIT, folder.parent, folder.parent / KIT):
        if (place / IN_ORDER).is_file():
            return _in_order(place / IN_ORDER, spec)
    for name in NAMED:
        if (folder / name).is_file():
            return _named(folder / name, spec)
    return None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read as text: {error}.") from error


def _in_order(file: Path, spec: DatasetSpec) -> GroundTruth:
    words = [line.strip() for line in _lines(file) if line.strip()]
    if not words or not all(word.isdecimal() for word in words) or "0" in words:
        labels = [find_label(spec, word, f"{file}, line {at}:") for at, word in enumerate(words, 1)]
        return GroundTruth(file, {}, labels)
    kit = _kit_labels(file.parent, spec)
    for at, word in enumerate(words, 1):
        if int(word) not in kit:
            raise DataError(f"{file}, line {at}: {word} is none of ILSVRC's numbers, 1 to 1000.")
    return GroundTruth(file, {}, [kit[int(word)] for word in words])


def _named(file: Path, spec: DatasetSpec) -> GroundTruth:
    named: dict[str, int] = {}
    for at, line in enumerate(_lines(file), 1):
        if not line.strip() or line.startswith(("#", "ImageId,")):
            continue
        pair = _PAIR.match(line)
        if pair is None:
            raise DataError(f"{file}, line {at}: the name of a file and its class are expected.")
        name, word = pair.groups()
        if line.count(",") and re.match(r"n\d{8} ", word):
            word = word[:9]  # Kaggle's lines go on with the box around the object
        stem = re.sub(r"\.\w+$", "", name)
        label = find_label(spec, word, f"{file}, line {at}:")
        if named.setdefault(stem, label) != label:
            raise DataError(f"{file}, line {at}: {name} has another class in an earlier line.")
    return GroundTruth(file, named, ())


def _kit_labels(folder: Path, spec: DatasetSpec) -> Mapping[int, int]:
    """Return the network's class of each number of ILSVRC's development kit."""
    for place in (folder, folder / KIT):
        if (place / "meta.mat").is_file():
            pairs = _read_meta(place / "meta.mat")
        elif (place / "map_clsloc.txt").is_file():
            found = (line.split() for line in _lines(place / "map_clsloc.txt") if line.strip())
            pairs = [(int(words[1]), words[0]) for words in found]
        else:
            continue
        return {number: find_label(spec, synset, f"{place}: the class") for number, synset in pairs}
    raise DataError(
        f"The numbers in {folder / IN_ORDER} are ILSVRC's own, from 1 to 1000 in the order of its "
        "development kit, not a network's classes. Put the kit's meta.mat beside that file "
        f"({KIT} has both), or write WordNet IDs or classes from 0 to 999 into it."
    )


def _read_meta(file: Path) -> list[tuple[int, str]]:
    from scipy.io import loadmat

    try:
        synsets = loadmat(file, squeeze_me=True)["synsets"]
        pairs = [(int(each["ILSVRC2012_ID"]), str(each["WNID"])) for each in synsets]
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError) as error:
        raise DataError(f"{file} is not the meta.mat of ILSVRC's development kit ({error}).") from error
    return [pair for pair in pairs if pair[0] <= 1000]  # the others are kinds of these classes

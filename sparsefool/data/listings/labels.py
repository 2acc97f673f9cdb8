"""Which class of a data set the name of a folder, or a word in a file, stands for."""

import difflib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.errors import DataError


def find_label(spec: DatasetSpec, word: str, where: str) -> int:
    """Return the class that a word stands for.

    That is a WordNet ID (ImageNet's ``n01440764``), a class name, in which spaces may be underscores, or a
    number from 0. The case of letters counts only where it tells two classes apart.

    Args:
        spec: the data set.
        word: to look up.
        where: what the word is, for the message.

    Raises:
        DataError: the word stands for no class, or for two.
    """
    classes, exact, folded = _words(spec.name)
    plain = _plain(word)
    if plain in exact:
        return exact[plain]
    if plain.isdecimal() and int(plain) < len(classes):
        return int(plain)
    labels = folded.get(plain.casefold(), ())
    if len(labels) == 1:
        return labels[0]
    if labels:
        names = " and ".join(f"{classes[label]} ({label})" for label in labels)
        raise DataError(f"{where} {word!r} may stand for {names}: use the number.")
    close = difflib.get_close_matches(plain, exact, n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    ids = ", a WordNet ID such as n01440764" if spec.read_synsets else ""
    raise DataError(
        f"{where} {word!r} is no class of {spec.title}; a class name{ids} or a number from 0 to "
        f"{len(classes) - 1} is expected.{hint}"
    )


@lru_cache(maxsize=8)
def _words(dataset: str) -> tuple[Sequence[str], Mapping[str, int], Mapping[str, tuple[int, ...]]]:
    """Return the names of the classes, and their numbers by exact words and by these in lower case."""
    spec = find_dataset(dataset)
    classes = spec.class_names
    synsets = spec.read_synsets() if spec.read_synsets else ()
    exact = {_plain(word): label for words in (synsets, classes) for label, word in enumerate(words)}
    folded: dict[str, tuple[int, ...]] = {}
    for word, label in exact.items():
        folded[word.casefold()] = (*folded.get(word.casefold(), ()), label)
    return classes, exact, folded


def _plain(word: str) -> str:
    return " ".join(word.replace("_", " ").split())

"""What a set of labelled pictures holds: names, labels, and how to read each picture when it is needed."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

ENDINGS = frozenset(
    (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif")
)
"""Endings of picture files, in lower case. Of a file that has one, the content decides what it is."""


@dataclass(frozen=True)
class Entry:
    """One picture.

    Attributes:
        name: of its file or row.
        full_name: what it is called where another picture has its name: with its folders, or its row.
        label: its class, by number.
        size: bytes of its file; of a row of a Parquet file 0, and if it has no name, the bytes of that file.
    """

    name: str
    full_name: str
    label: int
    size: int


@dataclass(frozen=True, eq=False)
class Listing:
    """All pictures of a set, in a fixed order.

    Attributes:
        entries: the pictures.
        read: returns the encoded picture at a position.
        notes: sentences on what was left out, for a person.
    """

    entries: tuple[Entry, ...]
    read: Callable[[int], bytes]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of each picture, none twice: of those that share theirs, the full one."""
        counts = Counter(each.name for each in self.entries)
        shown = (each.name if counts[each.name] == 1 else each.full_name for each in self.entries)
        return tuple(unicodedata.normalize("NFC", name) for name in shown)

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that depend on all names, labels and sizes, in whatever order."""
        listed = sorted(
            (name, each.label, each.size) for name, each in zip(self.names, self.entries, strict=True)
        )
        return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:16]

    def seeded_order(self, seed: int) -> tuple[int, ...]:
        """Return the positions of all pictures in an order that depends on the seed and on their names alone.

        The first so many are a random sample, the same on every machine; smaller samples lie within larger.
        """
        return tuple(sorted(range(len(self)), key=lambda at: _sort_key(seed, self.names[at])))


def _sort_key(seed: int, name: str) -> tuple[str, str]:
    return hashlib.sha256(f"{seed}:{name}".encode(errors="surrogateescape")).hexdigest(), name


def some(names: Iterable[str], most: int = 3) -> str:
    """Return the first few of some names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more

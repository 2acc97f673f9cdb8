"""The container that HEIC and AVIF share (ISO 23008-12): which of them it holds, and the declared sizes."""

from collections.abc import Iterator, Sequence

from sparsefool.data.av1 import frame_sizes

_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIC"),
}
_ANY_CODING = (b"mif1", b"msf1")

_VERSIONED = (b"meta", b"ispe")
"""Boxes whose content begins with four bytes of version and flags."""


def find_coding(data: bytes) -> str:
    """Return ``"HEIC"`` or ``"AVIF"``, as the brands of a file say; empty if it is no such container."""
    brands = _read_brands(data)
    for brand in brands:
        if brand in _BRANDS:
            return _BRANDS[brand]
    return "HEIC" if any(brand in brands for brand in _ANY_CODING) else ""


def is_sequence(data: bytes) -> bool:
    """Return whether a file says first of all that it is an AVIF sequence: an animation."""
    return data[4:12] == b"ftypavis"


def coded_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield width and height of every coded image in a container, also of those that are cropped or tiles.

    They come from the container and, since a decoder of AV1 does not go by that, from the AV1 data too.

    Raises:
        ValueError: the images overlap in the file, or consist of too many parts.
    """
    for start, end in _find(data, 0, len(data), (b"meta", b"iprp", b"ipco", b"ispe")):
        if end - start >= 8:
            yield int.from_bytes(data[start : start + 4]), int.from_bytes(data[start + 4 : start + 8])
    for item in _av1_items(data):
        yield from frame_sizes(item)


def _read_brands(data: bytes) -> Sequence[bytes]:
    """Return the brands of an ISO media file, the major one first; none if it is no such file."""
    if data[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(data[:4]), 256)
    return (data[8:12], *(data[start : start + 4] for start in range(16, end, 4)))


def _find(data: bytes, start: int, end: int, path: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where the content of the boxes at a path begins and ends."""
    for kind, first, last in _boxes(data, start, end):
        if kind == path[0]:
            first += 4 if kind in _VERSIONED else 0
            if len(path) == 1:
                yield first, last
            else:
                yield from _find(data, first, last, path[1:])


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, first byte and end of the content of each box; the last may reach beyond a cut-off file."""
    while start + 8 <= end:
        length, header = int.from_bytes(data[start : start + 4]), 8
        if length == 1:
            length, header = int.from_bytes(data[start + 8 : start + 16]), 16
        last = end if length == 0 else min(start + length, end)
        yield data[start + 4 : start + 8], start + header, last
        if last < start + header:
            return
        start = last


def _av1_items(data: bytes) -> Iterator[bytes]:
    """Yield the AV1 data of each image in the container.

    Raises:
        ValueError: together they are longer than the file.
    """
    left = len(data)
    for meta in _find(data, 0, len(data), (b"meta",)):
        kinds = {}
        for start, last in _find(data, *meta, (b"iinf",)):
            first = start + (6 if data[start : start + 1] == b"\0" else 8)
            for entry, end in _find(data, first, last, (b"infe",)):
                cursor = _Cursor(data[entry:end])
                item = cursor.read(4 if cursor.read(4) >> 24 > 2 else 2)
                kinds[item] = cursor.read(6) & 0xFFFFFFFF
        inner = b"".join(data[start:end] for start, end in _find(data, *meta, (b"idat",)))
        for start, end in _find(data, *meta, (b"iloc",)):
            for item, inside, extents in _locations(_Cursor(data[start:end])):
                if kinds.get(item) == int.from_bytes(b"av01"):
                    source = inner if inside else data
                    parts = []
                    for at, length in extents:
                        parts.append(source[at : at + length if length else None])
                        left -= len(parts[-1])
                        if left < 0:
                            raise ValueError("its images overlap")
                    yield b"".join(parts)


def _locations(cursor: "_Cursor") -> Iterator[tuple[int, bool, list[tuple[int, int]]]]:
    """Yield, of each item, its number, whether it lies in the container's own data, and its parts there."""
    version = cursor.read(4) >> 24
    sizes = cursor.read(2)
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    number = 4 if version == 2 else 2
    for _ in range(cursor.read(number)):
        if cursor.exhausted():
            return
        item = cursor.read(number)
        inside = version > 0 and cursor.read(2) & 15 == 1
        cursor.read(2)
        begins = cursor.read(base)
        extents = []
        for _ in range(cursor.read(2)):
            cursor.read(index if version > 0 else 0)
            extents.append((begins + cursor.read(offset), cursor.read(length)))
            if cursor.exhausted():
                return
        yield item, inside, extents


class _Cursor:
    """Whole numbers of any number of bytes, one after the other; zeros once the data are exhausted."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def exhausted(self) -> bool:
        """Whether more was read than there is."""
        return self._at > len(self._data)

    def read(self, count: int) -> int:
        """Return the next number of ``count`` bytes."""
        self._at += count
        return int.from_bytes(self._data[self._at - count : self._at])

"""The container that HEIC and AVIF share (ISO 23008-12): which of them it holds, and the declared sizes."""

from collections.abc import Iterator, Sequence

_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIC"),
}
_ANY_CODING = (b"mif1", b"msf1")

_PATH = (b"meta", b"iprp", b"ipco", b"ispe")
_VERSIONED = (b"meta", b"ispe")
"""Boxes whose content begins with four bytes of version and flags."""


def find_coding(data: bytes) -> str:
    """Return ``"HEIC"`` or ``"AVIF"``, as the brands of a file say; empty if it is no such container."""
    brands = _read_brands(data)
    for brand in brands:
        if brand in _BRANDS:
            return _BRANDS[brand]
    return "HEIC" if any(brand in brands for brand in _ANY_CODING) else ""


def declared_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield width and height of every coded image in a container, also of those that are cropped or tiles."""
    for start, end in _find(data, 0, len(data), _PATH):
        if end - start >= 8:
            yield int.from_bytes(data[start : start + 4]), int.from_bytes(data[start + 4 : start + 8])


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

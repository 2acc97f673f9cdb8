"""Regions: the pixels of a picture in which a perturbation may lie, drawn, uploaded or written as text.

As text a region is ``row0,column0,row1,column1`` if it is a rectangle, both corners inside and counted from 0
at the top left, and ``HEIGHTxWIDTH:CODE`` otherwise, CODE being the compressed bits of its mask.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from sparsefool.data.pictures import Picture
from sparsefool.errors import ParameterError
from sparsefool.formats import percent

LONGEST_TEXT = 4000
"""Characters of a region that is read from text: an address carries no more."""

DARK, BRIGHT = 64, 191
"""Levels of a mask image up to which a pixel is outside, and above which it is inside."""

UNCLEAR = 0.02
"""Share of the pixels of a mask image that may lie in between, as smoothed edges do."""

_RECTANGLE = re.compile(r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})")
_MASK = re.compile(r"(\d{1,5})x(\d{1,5}):([A-Za-z0-9_-]+)")


@dataclass(frozen=True, eq=False)
class Region:
    """Some pixels of a picture: true inside; perhaps none, perhaps all. The array is a read-only copy."""

    mask: Bool[np.ndarray, "h w"]

    def __post_init__(self) -> None:
        copy = np.array(self.mask, order="C")
        copy.setflags(write=False)
        object.__setattr__(self, "mask", copy)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture."""
        return int(self.mask.shape[0]), int(self.mask.shape[1])

    @cached_property
    def pixels(self) -> int:
        """Pixels inside."""
        return int(self.mask.sum())

    @property
    def share(self) -> float:
        """Pixels inside over all pixels, in [0, 1]."""
        return self.pixels / self.mask.size

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the shape and the mask, in hexadecimal."""
        return hashlib.sha256(repr(self.size).encode() + self.mask.tobytes()).hexdigest()

    def inverted(self) -> "Region":
        """Return the pixels outside."""
        return Region(~self.mask)

    def picture(self) -> Picture:
        """Return the mask as a picture: white inside, black outside."""
        return Picture((self.mask * np.uint8(255))[:, :, None], "region")

    def text(self) -> str:
        """Return the region as text (see the module's description), which :func:`parse_region` reads."""
        rows, columns = (np.flatnonzero(self.mask.max(axis)) for axis in (1, 0))
        if len(rows) and self.pixels == (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1):
            return f"{rows[0]},{columns[0]},{rows[-1]},{columns[-1]}"
        packed = zlib.compress(np.packbits(self.mask).tobytes(), 9)
        height, width = self.size
        return f"{height}x{width}:{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def rectangle(corners: Sequence[int], size: tuple[int, int]) -> Region:
    """Return a rectangle.

    Args:
        corners: first row, first column, last row, last column; both corners are inside.
        size: height and width of the picture.

    Raises:
        ParameterError: it reaches beyond the picture, or its corners are the wrong way round.
    """
    top, left, bottom, right = corners
    height, width = size
    if not (0 <= top <= bottom < height and 0 <= left <= right < width):
        raise ParameterError(
            f"A region in this picture has rows 0 to {height - 1} and columns 0 to {width - 1}, the smaller "
            f"first; rows {top} to {bottom} and columns {left} to {right} came."
        )
    mask = np.zeros(size, dtype=bool)
    mask[top : bottom + 1, left : right + 1] = True
    return Region(mask)


def parse_region(text: str, size: tuple[int, int]) -> Region:
    """Return the region that a text describes (see the module's description).

    Args:
        text: of :meth:`Region.text`, or typed by a person; spaces do not count.
        size: height and width of the picture.

    Raises:
        ParameterError: the text is no region, or one of a picture of another size, or too long.
    """
    if len(text) > LONGEST_TEXT:
        raise ParameterError(f"A region has at most {LONGEST_TEXT:,} characters; this one has {len(text):,}.")
    text = re.sub(r"\s", "", text)
    if found := _RECTANGLE.fullmatch(text):
        return rectangle([int(part) for part in found.groups()], size)
    if found := _MASK.fullmatch(text):
        came = int(found[1]), int(found[2])
        if came != size:
            raise ParameterError(f"The region is {_by(came)} pixels large, the picture {_by(size)}.")
        return Region(_unpack(found[3], size))
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise ParameterError(
        f"{shown!r} is no region: expected first row, first column, last row, last column, such as 4,4,11,19."
    )


def mask_region(picture: Picture, size: tuple[int, int]) -> Region:
    """Return the region that a mask image shows: white inside, black outside.

    Args:
        picture: the mask, decoded by :func:`sparsefool.data.image_files.read_picture`.
        size: height and width of the picture to which it belongs.

    Raises:
        ParameterError: the mask has another size, or is not black and white.
    """
    came = picture.height, picture.width
    if came != size:
        raise ParameterError(
            f"The mask is {_by(came)} pixels large (height x width), the picture that the network sees "
            f"{_by(size)}. Paint the mask over the original picture as it is downloaded here."
        )
    levels = np.asarray(picture.image().convert("L"))
    unclear = float(((levels > DARK) & (levels <= BRIGHT)).mean())
    if unclear > UNCLEAR:
        raise ParameterError(
            f"A mask is white inside the region and black outside; {percent(unclear)} of the pixels of this "
            "picture are neither."
        )
    return Region(levels > (DARK + BRIGHT) // 2)


def lasso(rows: Sequence[float], columns: Sequence[float], size: tuple[int, int]) -> Region:
    """Return the pixels whose centres lie within a closed line (even-odd rule).

    Args:
        rows, columns: the corners of the line; the centre of a pixel has whole coordinates.
        size: height and width of the picture.

    Raises:
        ParameterError: the line has not as many rows as columns, or a corner is not finite.
    """
    y, x = np.asarray(rows, dtype=np.float64), np.asarray(columns, dtype=np.float64)
    if y.shape != x.shape or not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ParameterError("A lasso has one finite row and column for each of its corners.")
    centre_rows, centre_columns = np.arange(size[0])[:, None], np.arange(size[1])[None, :]
    mask = np.zeros(size, dtype=bool)
    for y0, x0, y1, x1 in zip(y, x, np.roll(y, -1), np.roll(x, -1), strict=True):
        if y0 != y1:
            crossed = (y0 > centre_rows) != (y1 > centre_rows)
            mask ^= crossed & (centre_columns < x0 + (centre_rows - y0) * (x1 - x0) / (y1 - y0))
    return Region(mask)


def _unpack(code: str, size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    count = size[0] * size[1]
    expected = (count + 7) // 8
    try:
        packed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        data = zlib.decompressobj().decompress(packed, expected + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ParameterError("The region is damaged: its code cannot be read.") from error
    if len(data) != expected:
        raise ParameterError("The region is damaged: its code does not fit its size.")
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8), count=count)
    return bits.astype(bool).reshape(size)


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"

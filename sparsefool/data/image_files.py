"""From the bytes of an untrusted file to a :class:`Picture`, and from a picture to a network's input size.

PNG, JPEG, WebP, BMP and GIF are accepted. Their content tells them apart, never their name, and animations
are refused. The size in the header is checked before anything is decoded. Then:

- the orientation that a camera noted (EXIF) is applied;
- transparency is composited over white;
- 16 bits become 8: grey values are rounded, of colours Pillow keeps the upper byte;
- CMYK becomes RGB by Pillow's plain conversion; colour profiles are ignored;
- black-and-white and grey pictures have one channel, all others three.
"""

import io
import warnings
from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError

MAX_BYTES = 10_000_000
"""Size limit of a file."""

MAX_PIXELS = 30_000_000
"""Limit of height x width."""

MAX_ENLARGEMENT = 8
"""How many times :func:`fit` enlarges at most: a digit of 28 pixels still fits a network for 224."""

FORMATS = ("PNG", "JPEG", "WebP", "BMP", "GIF")


def read_picture(data: bytes, name: str) -> Picture:
    """Return the picture in an untrusted image file, decoded as the module's description says.

    Args:
        data: the file.
        name: what to call it in messages; its ending is ignored.

    Raises:
        ImageError: the file is too large, of another format, damaged, animated, or has too many pixels.
    """
    if len(data) > MAX_BYTES:
        raise ImageError(f"{name} has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    opener = _find_opener(data, name)
    with warnings.catch_warnings(action="ignore"):  # Pillow warns of odd metadata, which is not needed
        try:
            image = opener(io.BytesIO(data))
            _check(image, name)
            pixels = _to_8_bit(ImageOps.exif_transpose(image))
        except ImageError:
            raise
        except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
            raise ImageError(f"{name} is damaged or incomplete and cannot be read ({error}).") from error
    return Picture(pixels, name)


def fit(picture: Picture, size: tuple[int, int], channels: int, keep: float = 1.0) -> Picture:
    """Return a picture at a network's input size: the largest centred part of the right shape, resized.

    A picture that already has this size is returned unchanged, value for value. Colour becomes grey by its
    luma, grey becomes three equal channels. Resizing is bicubic with antialiasing.

    Args:
        picture: any picture.
        size: height and width that come out.
        channels: 1 or 3.
        keep: how much of that largest part is kept, in each direction; 224 / 256 is the usual ImageNet recipe
            (shorter side to 256, then the central 224).

    Raises:
        ImageError: the picture would have to be enlarged more than MAX_ENLARGEMENT times.
    """
    height, width = size
    scale = min(picture.height / height, picture.width / width) * keep
    if scale * MAX_ENLARGEMENT < 1:
        raise ImageError(
            f"{picture.name} is too small: {picture.width} x {picture.height} pixels. The network takes "
            f"{width} x {height}, and at least an {MAX_ENLARGEMENT}th of that is needed in each direction."
        )
    left, top = (picture.width - scale * width) / 2, (picture.height - scale * height) / 2
    image = picture.image().convert("L" if channels == 1 else "RGB")
    part = (left, top, left + scale * width, top + scale * height)
    resized = image.resize((width, height), Image.Resampling.BICUBIC, box=part)
    return Picture(np.asarray(resized).reshape(height, width, channels), picture.name)


def _find_opener(data: bytes, name: str) -> Callable[[io.BytesIO], Image.Image]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if data.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    raise ImageError(f"{name} is no image file that can be read; these can: {', '.join(FORMATS)}.")


def _check(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} million); at most "
            f"{MAX_PIXELS / 1e6:.0f} million are read. Make it smaller first."
        )
    if getattr(image, "is_animated", False):
        raise ImageError(
            f"{name} is an animation; a single picture is needed. Save one frame of it as a PNG."
        )


def _to_8_bit(image: Image.Image) -> UInt8[np.ndarray, "h w c"]:
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.float64)
        return (values * (255 / 65535)).round().clip(0, 255).astype(np.uint8)[:, :, None]
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        image = Image.alpha_composite(white, coloured)
    pixels = np.asarray(image.convert("L" if grey else "RGB"))
    return pixels[:, :, None] if grey else pixels

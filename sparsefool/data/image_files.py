"""From the bytes of an untrusted file to a :class:`Picture`, and from a picture to a network's input size.

The :data:`FORMATS` are accepted. Their content tells them apart, never their name. Animations are refused; of
several pages (TIFF) the first is read, of several stills (HEIC) the primary one. The size in the header is
checked before anything is decoded. Then:

- the orientation that a camera noted (EXIF, or HEIC's and AVIF's own) is applied;
- transparency is composited over white;
- 16 bits become 8: grey values are rounded, of colours and of grey with alpha Pillow keeps the upper byte;
- CMYK becomes RGB by Pillow's plain conversion; colour profiles are ignored;
- black-and-white and grey pictures have one channel, all others three.
"""

import io
import warnings
from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import UInt8
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from pillow_heif import HeifImageFile

from sparsefool.data.heif_container import coded_sizes, find_coding, is_sequence
from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError

MAX_BYTES = 10_000_000
"""Size limit of a file."""

MAX_PIXELS = 30_000_000
"""Limit of height x width."""

MAX_ENLARGEMENT = 8
"""How many times :func:`fit` enlarges at most: a digit of 28 pixels still fits a network for 224."""

_OPENERS: Mapping[str, Callable[[io.BytesIO], Image.Image]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "HEIC": HeifImageFile,
    **({"AVIF": AvifImagePlugin.AvifImageFile} if AvifImagePlugin.SUPPORTED else {}),
}

FORMATS = ", ".join(_OPENERS)
"""The formats that are read, for messages and help."""

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
)


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
            _check_container(data, name)
            image = opener(io.BytesIO(data))
            _check(image, name)
            grey = _is_grey(image)
            _adapt_transparent_value(image)
            pixels = _to_8_bit(ImageOps.exif_transpose(image), grey)
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
    opener = _OPENERS.get(_find_format(data))
    if opener is None:
        raise ImageError(f"{name} is no image file that can be read; these can: {FORMATS}.")
    return opener


def _find_format(data: bytes) -> str:
    """Return the format that a file's content shows; empty if it is none that is known."""
    for beginning, title in _BEGINNINGS:
        if data.startswith(beginning):
            return title
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    return find_coding(data)


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} million); at most "
            f"{MAX_PIXELS / 1e6:.0f} million are read. Make it smaller first."
        )


def _check_container(data: bytes, name: str) -> None:
    """Check, of a HEIC or AVIF, also what its decoder does not tell before it decodes."""
    if is_sequence(data):
        raise _animation(name)
    if find_coding(data):
        for width, height in coded_sizes(data):
            _check_size(width, height, name)


def _check(image: Image.Image, name: str) -> None:
    _check_size(*image.size, name)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _check_tiff(image, name)
    elif not isinstance(image, HeifImageFile) and getattr(image, "is_animated", False):
        raise _animation(name)


def _animation(name: str) -> ImageError:
    return ImageError(f"{name} is an animation; a single picture is needed. Save one frame of it as a PNG.")


def _check_tiff(image: TiffImagePlugin.TiffImageFile, name: str) -> None:
    """Check that the first page has tiles of a possible size, and values whose range is known."""
    tags = image.tag_v2
    width, height = tags.get(TiffImagePlugin.TILEWIDTH, 1), tags.get(TiffImagePlugin.TILELENGTH, 1)
    if width * height > MAX_PIXELS:
        raise ImageError(f"{name} has tiles of {width} x {height} pixels, more than are read. Save it anew.")
    light_is_zero = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0
    deep = image.mode.startswith("I;16")
    odd = deep and (light_is_zero or tags.get(TiffImagePlugin.BITSPERSAMPLE) != (16,))
    if odd or image.mode in ("I", "F", "LAB"):
        raise ImageError(
            f"{name} is a TIFF whose values are not plain 8 or 16 bits of grey or colour. Save it as a PNG."
        )


def _is_grey(image: Image.Image) -> bool:
    """Return whether a picture that is not yet decoded is grey; Pillow decodes some such to RGBA."""
    return image.mode in ("1", "L", "LA", "La") or _raw_mode(image) == "LA;16B"


def _adapt_transparent_value(image: Image.Image) -> None:
    """Bring the transparent value of a PNG from the depth of the file to that of Pillow's pixels."""
    value, raw_mode = image.info.get("transparency"), _raw_mode(image)
    if value is not None and raw_mode in ("L;2", "L;4"):
        image.info["transparency"] = (value & 3) * 85 if raw_mode == "L;2" else (value & 15) * 17
    elif value is not None and raw_mode == "RGB;16B":
        image.info["transparency"] = tuple(each >> 8 for each in value)


def _raw_mode(image: Image.Image) -> object:
    """Return how a PNG that is not yet decoded stores its pixels, in Pillow's words."""
    return image.tile[0].args if isinstance(image, PngImagePlugin.PngImageFile) and image.tile else None


def _to_8_bit(image: Image.Image, grey: bool) -> UInt8[np.ndarray, "h w c"]:
    if image.mode.startswith("I"):
        values = np.array(image, dtype=np.float64)
        if "transparency" in image.info:
            values[values == image.info["transparency"]] = 65535
        return (values * (255 / 65535)).round().clip(0, 255).astype(np.uint8)[:, :, None]
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        image = Image.alpha_composite(white, coloured)
    pixels = np.asarray(image.convert("L" if grey else "RGB"))
    return pixels[:, :, None] if grey else pixels

"""Pictures on the page, pixel for pixel: the one way in which any picture reaches the browser.

``st.image`` may encode as JPEG and resample, and either would show pixels that the network never saw. Here a
picture is enlarged by a whole factor, encoded as PNG and embedded in the page, without smoothing. Marks of
changed pixels, a crop and a magnifier lie over it (``components/picture``).
"""

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np
import streamlit as st
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.data.pictures import Picture
from sparsefool.view.shared.palette import MARK, rgb

SHORTEST_SIDE = 384
"""Pictures are enlarged by the largest whole factor that keeps their shorter side within this."""

_encoded: RecentlyUsed[tuple[str, int], str] = RecentlyUsed(64 * 2**20, len)
"""The data URIs made last, of all sessions: at most so many characters."""

DIMMED = 0.4
"""Brightness of the picture under the marks of changed pixels, as a share of its own."""


def enlarge(picture: Picture, side: int = SHORTEST_SIDE) -> Picture:
    """Return a picture enlarged by the largest whole factor that keeps its shorter side within ``side``."""
    return repeat(picture, max(1, side // min(picture.height, picture.width)))


def repeat(picture: Picture, times: int) -> Picture:
    """Return a picture with every pixel repeated ``times`` times across and down."""
    return Picture(picture.pixels.repeat(times, axis=0).repeat(times, axis=1), picture.name)


def data_uri(picture: Picture, side: int = 0) -> str:
    """Return a picture as the data URI of a PNG, enlarged as by :func:`enlarge` if ``side`` is given."""

    def encode() -> str:
        return png_uri((enlarge(picture, side) if side else picture).png())

    return _encoded.recall((picture.sha256, side), encode)


def png_uri(png: bytes) -> str:
    """Return an encoded PNG as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def rgba_uri(colours: UInt8[np.ndarray, "h w 4"]) -> str:
    """Return colours with opacity as the data URI of a PNG; the page's background shows through."""
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "PNG")
    return png_uri(file.getvalue())


def svg_uri(svg: str) -> str:
    """Return an SVG as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@dataclass(frozen=True, eq=False)
class Change:
    """An original and what became of it, of the same size; the pixels in which they differ can be marked."""

    before: Picture
    after: Picture

    @cached_property
    def encoded(self) -> str:
        """Every changed pixel in base64, ten bytes each.

        These are row · width + column (little-endian uint32), three values before, three values after.
        """
        places = np.flatnonzero(changed_mask(self.before, self.after))
        records = np.zeros(len(places), [("place", "<u4"), ("before", "u1", 3), ("after", "u1", 3)])
        records["place"] = places
        for name, picture in (("before", self.before), ("after", self.after)):
            records[name] = picture.pixels.reshape(-1, picture.channels)[places]
        return base64.b64encode(records.tobytes()).decode()


def framed(images: str, picture: Picture, width: str, change: Change | None = None) -> str:
    """Return ``<img>`` elements that lie over each other in a frame, which the picture layer finds.

    Args:
        images: HTML; the first fills the frame.
        picture: what they show, for its size.
        width: of the frame in CSS, as declarations.
        change: what the picture shows the effect of; None for an original.
    """
    attributes = {"size": f"{picture.width} {picture.height}"}
    if (change.before if change else picture).channels == 1:
        attributes["grey"] = ""
    if change is None:
        attributes["of"] = picture.sha256[:16]
    else:
        attributes |= {"of": change.before.sha256[:16], "change": change.encoded}
        if picture.sha256 != change.after.sha256:
            attributes["drawn"] = ""
    written = "".join(f' data-{name}="{value}"' for name, value in attributes.items())
    return (
        f'<div class="picture"{written} style="position:relative;{width}">'
        '<div class="window" style="position:relative;overflow:hidden;border-radius:4px">'
        f"{images}</div></div>"
    )


def picture_html(picture: Picture, alt: str, change: Change | None = None, layer: str = "") -> str:
    """Return a picture as wide as its place allows, and no higher than the CSS variable ``--picture-height``.

    Every pixel has the same whole number of screen pixels, unless a quarter of the width would stay empty so.

    Args:
        picture: what to show.
        alt: the alternative text.
        change: what the picture shows the effect of; None for an original.
        layer: an image that lies over it, as HTML.
    """
    width = (
        f"--room:min(100%,var(--picture-height,100vw)*{picture.width / picture.height:.4f});"
        f"--whole:round(down,var(--room),{picture.width}px);width:var(--room);"
        "--rest:calc(var(--room) - var(--whole));"
        "width:calc(var(--whole) + clamp(0px,1000*(.75*var(--room) - var(--whole)),var(--rest)))"
    )
    image = (
        f'<img src="{data_uri(picture, SHORTEST_SIDE)}" alt="{escape(alt, quote=True)}" '
        'style="width:100%;image-rendering:pixelated;display:block">'
    )
    return framed(image + layer, picture, width, change)


def show_picture(picture: Picture, alt: str, change: Change | None = None, layer: str = "") -> None:
    """Draw a picture; arguments as in :func:`picture_html`."""
    st.html(picture_html(picture, alt, change, layer))


def to_picture(image: Float[np.ndarray, "c h w"], name: str) -> Picture:
    """Return an image in [0, 1] rounded to 8 bits, for display."""
    return Picture((image * 255).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0), name)


def changed_mask(before: Picture, after: Picture) -> Bool[np.ndarray, "h w"]:
    """Return where two pictures of the same size differ in any channel."""
    return np.asarray((before.pixels != after.pixels).any(axis=2))


def mark_changes(before: Picture, after: Picture) -> Picture:
    """Return the original, grey and dark, with every changed pixel in one bright colour."""
    marked = darkened(before)
    marked[changed_mask(before, after)] = rgb(MARK)
    return Picture(marked, f"changed pixels of {before.name}")


def darkened(picture: Picture) -> UInt8[np.ndarray, "h w 3"]:
    """Return a picture grey and dark, for marks to stand out."""
    grey = picture.pixels.mean(axis=2, keepdims=True)
    dark: UInt8[np.ndarray, "h w 1"] = (grey * DIMMED).round().astype(np.uint8)
    return dark.repeat(3, axis=2)

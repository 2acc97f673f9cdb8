"""One 8-bit picture: what a person uploads, what an attack starts from, what a PNG holds."""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from sparsefool.errors import ImageError


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture on the 8-bit grid.

    Attributes:
        pixels: values 0..255, height x width x channels, one channel (grey) or three (RGB); a read-only copy
            of what was given.
        name: what the picture is called in results and messages.

    Raises:
        ImageError: the array is empty or has another number of channels.
    """

    pixels: UInt8[np.ndarray, "h w c"]
    name: str

    def __post_init__(self) -> None:
        if self.pixels.shape[2] not in (1, 3) or self.pixels.size == 0:
            raise ImageError(
                f"A picture has one or three channels and is not empty; {self.pixels.shape} came."
            )
        copy = np.array(self.pixels, order="C")
        copy.setflags(write=False)
        object.__setattr__(self, "pixels", copy)

    @classmethod
    def from_tensor(cls, image: Float[Tensor, "c h w"], name: str = "picture") -> "Picture":
        """Return an image in [0, 1], rounded to the nearest 8-bit values and clipped to their range."""
        values = (image.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8)
        return cls(values.permute(1, 2, 0).numpy(), name)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return int(self.pixels.shape[2])

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the shape and the values, in hexadecimal; the name does not count."""
        digest = hashlib.sha256(repr(self.pixels.shape).encode())
        digest.update(self.pixels.data)
        return digest.hexdigest()

    def tensor(self) -> Float[Tensor, "1 c h w"]:
        """Return a batch of this one picture, float32 in [0, 1]."""
        values = torch.from_numpy(self.pixels.copy())
        return values.permute(2, 0, 1)[None].contiguous().float() / 255

    def image(self) -> Image.Image:
        """Return the picture as a Pillow image, ``L`` or ``RGB``."""
        return Image.fromarray(self.pixels if self.channels == 3 else self.pixels[:, :, 0])

    def png(self) -> bytes:
        """Return the picture as a PNG file: lossless, without metadata."""
        file = io.BytesIO()
        self.image().save(file, "PNG")
        return file.getvalue()

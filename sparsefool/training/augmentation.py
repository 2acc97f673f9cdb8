"""Random shifts, flips and erased squares for a whole batch at once."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor


def augment(
    images: UInt8[Tensor, "n c h w"], crop: int, flip: bool, generator: torch.Generator
) -> UInt8[Tensor, "n c h w"]:
    """Return the images shifted by up to ``crop`` pixels, with reflected borders, and flipped at random.

    Args:
        images: the batch; not changed.
        crop: the largest shift in pixels, less than the height and the width.
        flip: whether each image is mirrored with probability one half.
        generator: for the shifts and flips, on the device of the images.
    """
    n, _, height, width = images.shape
    device = images.device
    shifts = torch.randint(-crop, crop + 1, (2, n, 1), generator=generator, device=device)
    mirrored = torch.rand(n, 1, generator=generator, device=device) < 0.5
    rows = _reflect(torch.arange(height, device=device) + shifts[0], height)
    columns = _reflect(torch.arange(width, device=device) + shifts[1], width)
    if flip:
        columns = torch.where(mirrored, columns.flip(1), columns)
    batch = torch.arange(n, device=device)[:, None, None]
    channels_last = images.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]]
    return channels_last.permute(0, 3, 1, 2)


def _reflect(positions: Int64[Tensor, "n s"], size: int) -> Int64[Tensor, "n s"]:
    folded = positions.abs()
    return torch.where(folded >= size, 2 * (size - 1) - folded, folded)


def erase(
    images: Float[Tensor, "n c h w"], side: int, fill: Float[Tensor, "1 c 1 1"], generator: torch.Generator
) -> Float[Tensor, "n c h w"]:
    """Return the images with one square painted over, its centre anywhere (Cutout; DeVries and Taylor, 2017).

    Args:
        images: the batch; not changed.
        side: side of the square in pixels; 0 for none.
        fill: the colour, one value per channel.
        generator: for the places, on the device of the images.
    """
    if side == 0:
        return images
    inside = [
        _near(size, side, len(images), generator, images.device)
        for size in (images.shape[2], images.shape[3])
    ]
    square = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return torch.where(square, fill, images)


def _near(
    size: int, side: int, n: int, generator: torch.Generator, device: torch.device
) -> Bool[Tensor, "n size"]:
    """Draw the masks of n intervals of length ``side`` with a random centre, cut off at the borders."""
    first = torch.randint(size, (n, 1), generator=generator, device=device) - side // 2
    places = torch.arange(size, device=device)
    return (places >= first) & (places < first + side)


def scale(images: UInt8[Tensor, "n c h w"], size: int) -> Float[Tensor, "n c s s"]:
    """Return the images as float32 in [0, 1], scaled down to ``size`` pixels a side if they are larger."""
    floats = images.float() / 255
    if images.shape[-1] == size:
        return floats
    return F.interpolate(floats, (size, size), mode="bilinear", antialias=True, align_corners=False)

"""How alike two images look: SSIM and PSNR, in double precision."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d

from sparsefool.errors import ParameterError

WINDOW, SIGMA = 11, 1.5
"""Side and standard deviation of SSIM's Gaussian window, in pixels."""

_C1, _C2 = 0.01**2, 0.03**2


def psnr(before: Float[Tensor, "n c h w"], after: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
    """Return the peak signal-to-noise ratio in dB for images in [0, 1]; infinite for equal images."""
    error = (before.double() - after.double()).square().flatten(1).mean(1)
    return -10 * error.log10()


def ssim(before: Float[Tensor, "n c h w"], after: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
    """Return the structural similarity of images in [0, 1]: 1 for equal images.

    Wang, Bovik, Sheikh and Simoncelli, Image quality assessment: from error visibility to structural
    similarity, IEEE TIP 2004, as they compute it: Gaussian window of 11 x 11 pixels with σ = 1.5, constants
    K₁ = 0.01 and K₂ = 0.03, averaged over the windows that lie inside the image; then over the channels.

    Raises:
        ParameterError: an image is smaller than the window.
    """
    if min(before.shape[2:]) < WINDOW:
        height, width = before.shape[2:]
        raise ParameterError(f"SSIM needs at least {WINDOW} x {WINDOW} pixels; there are {height} x {width}.")
    x, y = before.double(), after.double()
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x = _blur(x * x) - mean_x * mean_x
    variance_y = _blur(y * y) - mean_y * mean_y
    covariance = _blur(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x.square() + mean_y.square() + _C1)
    structure = (2 * covariance + _C2) / (variance_x + variance_y + _C2)
    return (luminance * structure).flatten(1).mean(1)


def _blur(images: Tensor) -> Tensor:
    """Take the weighted mean of every window that lies inside the images."""
    offsets = torch.arange(WINDOW, dtype=images.dtype, device=images.device) - WINDOW // 2
    weights = torch.exp(-offsets.square() / (2 * SIGMA**2))
    weights = weights / weights.sum()
    flat = images.flatten(0, 1)[:, None]
    blurred = conv2d(conv2d(flat, weights.view(1, 1, -1, 1)), weights.view(1, 1, 1, -1))
    return blurred.view(*images.shape[:2], *blurred.shape[2:])

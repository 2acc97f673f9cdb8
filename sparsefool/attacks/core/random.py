"""Random draws that are repeatable with a generator on any device."""

import torch
from torch import Tensor


def uniform(shape: tuple[int, ...], device: torch.device, generator: torch.Generator | None) -> Tensor:
    """Draw from [0, 1) on the generator's own device and move the numbers to ``device``.

    A CPU generator therefore gives the same numbers on every device. Without one, torch's default is used.
    """
    home = device if generator is None else generator.device
    return torch.rand(shape, generator=generator, device=home).to(device)


def normal(shape: tuple[int, ...], device: torch.device, generator: torch.Generator | None) -> Tensor:
    """Draw from the standard normal distribution, as :func:`uniform` does from [0, 1)."""
    home = device if generator is None else generator.device
    return torch.randn(shape, generator=generator, device=home).to(device)


def integers(
    limit: int, shape: tuple[int, ...], device: torch.device, generator: torch.Generator | None
) -> Tensor:
    """Draw whole numbers from 0 to ``limit`` − 1, as :func:`uniform` does from [0, 1)."""
    home = device if generator is None else generator.device
    return torch.randint(limit, shape, generator=generator, device=home).to(device)

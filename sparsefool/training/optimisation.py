"""The optimizer, the averaged weights and the precision of a training."""

from typing import Any

import torch
from torch import nn

from sparsefool.training.recipes import Recipe


def has_fast_bf16(device: torch.device) -> bool:
    """Return whether the device multiplies bf16 in hardware, so that autocast saves time."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        features = torch.cpu.get_capabilities()
        return bool(features.get("avx512_bf16") or features.get("amx_bf16"))
    return False


def make_optimizer(module: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """Return SGD with Nesterov momentum and no weight decay on biases and batch normalisation."""
    decayed = [p for p in module.parameters() if p.ndim > 1]
    others = [p for p in module.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": others},
    ]
    return torch.optim.SGD(groups, lr=recipe.peak_lr, momentum=recipe.momentum, nesterov=True, fused=True)


@torch.no_grad()
def update_average(averaged: nn.Module, module: nn.Module, decay: float) -> None:
    """Update an exponential moving average of weights and running statistics; counters are copied."""
    mine, theirs = averaged.state_dict(), module.state_dict()
    floats = [key for key, value in mine.items() if value.is_floating_point()]
    torch._foreach_lerp_([mine[key] for key in floats], [theirs[key] for key in floats], 1 - decay)
    for key in mine.keys() - set(floats):
        mine[key].copy_(theirs[key])

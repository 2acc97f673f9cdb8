"""Small networks whose boundaries are known, or at least cheap."""

import torch
from torch import nn

from sparsefool.classifier import Classifier


def small_network(channels=3, height=6, width=6, classes=5, seed=0):
    """A smooth random network: two dense layers, no training needed."""
    generator = torch.Generator().manual_seed(seed)
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(channels * height * width, 24), nn.Softplus(), nn.Linear(24, classes)
    )
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * parameter.shape[-1] ** -0.5
    return Classifier(module.requires_grad_(False), mean=(0.5,) * channels, std=(0.5,) * channels)


def linear_network(weights, bias=None):
    """A linear classifier on images [1, 1, m]: its boundaries are planes, so every optimum is known."""
    weights = torch.as_tensor(weights, dtype=torch.float32)
    layer = nn.Linear(weights.shape[1], len(weights))
    layer.weight.data = weights
    layer.bias.data = torch.zeros(len(weights)) if bias is None else torch.as_tensor(bias)
    return Classifier(nn.Sequential(nn.Flatten(), layer), mean=(0.0,), std=(1.0,))


def random_images(n, channels=3, height=6, width=6, seed=1):
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(seed))

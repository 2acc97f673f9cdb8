"""Weights of small networks of one's own, as files."""

import io
import os
import pickle

import torch
from safetensors.torch import save

from sparsefool.zoo.architectures import build_network
from sparsefool.zoo.own_networks import describe_network

ARCHITECTURE = "timm/test_resnet"
"""The smallest in timm: 0.5 million weights."""
CLASSES = 7


def state_of(architecture=ARCHITECTURE, classes=CLASSES, seed=0, channels=3, size=(32, 32)):
    """Return random weights, with a head whose logits tell images apart."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(architecture, classes, channels, size)
        state = network.state_dict()
        head = list(state)[-2]
        state[head] = torch.randn(state[head].shape)
    return state


def weights_file(prefix="", **options):
    """Return such weights as torch saves them."""
    file = io.BytesIO()
    torch.save({"state_dict": {f"{prefix}{key}": value for key, value in state_of(**options).items()}}, file)
    return file.getvalue()


def safetensors_file(**options):
    """Return such weights as safetensors."""
    return save(state_of(**options))


def describe(weights, **more):
    """Return the description of a network with such weights."""
    return describe_network(
        weights, **{"architecture": ARCHITECTURE, "num_classes": CLASSES, "input_size": (32, 32), **more}
    )


class _Poison:
    def __init__(self, trace):
        self._trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self._trace),)


def poisoned_files(trace):
    """Return two files, each of which creates the folder ``trace`` when it is read without care."""
    file = io.BytesIO()
    torch.save({"state_dict": _Poison(trace)}, file)
    return file.getvalue(), pickle.dumps(_Poison(trace), protocol=2)

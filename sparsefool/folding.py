"""Batch normalisation folded into the convolutions before it: the same function in less time."""

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class _Tracer(fx.Tracer):
    """Treats every convolution and batch normalisation as one operation, subclasses included."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return isinstance(module, nn.Conv2d | nn.BatchNorm2d) or super().is_leaf_module(module, name)


def fold_batch_normalisation(network: nn.Module) -> nn.Module:
    """Return the network with each batch normalisation folded into the convolution that alone feeds it.

    In evaluation mode both are affine, so the folded network is the same function up to rounding. Pairs are
    found by tracing the flow of data; a network that cannot be traced, or that has no such pair, is returned
    as it is. Otherwise all convolutions are copies, which take images in the channels-last format, and all
    other parameters are shared with the network.

    Args:
        network: in evaluation mode; left as it is.
    """
    pairs = _find_pairs(network)
    if not pairs:
        return network
    shared = {id(tensor): tensor for tensor in chain(network.parameters(), network.buffers())}
    folded = copy.deepcopy(network, shared)
    for convolution, normalisation in pairs:
        first, second = folded.get_submodule(convolution), folded.get_submodule(normalisation)
        fused: nn.Module = fuse_conv_bn_eval(first, second)  # type: ignore[type-var, arg-type]
        folded.set_submodule(convolution, fused.requires_grad_(False))
        folded.set_submodule(normalisation, _what_is_left(second))
    for module in folded.modules():
        if isinstance(module, nn.Conv2d):
            weight = module.weight.detach().clone(memory_format=torch.channels_last)
            module.weight = nn.Parameter(weight, requires_grad=False)
    return folded


def _find_pairs(network: nn.Module) -> list[tuple[str, str]]:
    """Return the names of each convolution and the batch normalisation that alone reads its output."""
    if not any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
        return []
    try:
        graph = _Tracer().trace(network)
    except Exception:  # whatever a network does that cannot be traced, it works without
        return []
    modules = dict(network.named_modules(remove_duplicate=False))
    calls = Counter(id(modules[str(node.target)]) for node in graph.nodes if node.op == "call_module")
    return [
        (str(before.target), str(node.target))
        for before, node in _neighbours(graph)
        if _can_be_folded(modules[str(before.target)], modules[str(node.target)], calls)
    ]


def _neighbours(graph: fx.Graph) -> Iterator[tuple[fx.Node, fx.Node]]:
    """Yield each call of a module whose result is read by one other call of a module, and that call."""
    for node in graph.nodes:
        before = node.args[0] if node.op == "call_module" and len(node.args) == 1 else None
        if isinstance(before, fx.Node) and before.op == "call_module" and len(before.users) == 1:
            yield before, node


def _can_be_folded(convolution: nn.Module, normalisation: nn.Module, calls: Counter[int]) -> bool:
    return (
        isinstance(convolution, nn.Conv2d)
        and isinstance(normalisation, nn.BatchNorm2d)
        and not normalisation.training
        and normalisation.running_mean is not None
        and calls[id(convolution)] == calls[id(normalisation)] == 1
    )


def _what_is_left(normalisation: nn.Module) -> nn.Module:
    """Return what a batch normalisation does besides: in timm it ends with an activation."""
    rest = (getattr(normalisation, name, None) for name in ("drop", "act"))
    return nn.Sequential(*(module for module in rest if isinstance(module, nn.Module)))

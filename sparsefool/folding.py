"""Batch normalisation folded into the convolutions before it: the same function in less time."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from threading import Lock, get_ident
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.utils import parametrize
from torch.nn.utils.fusion import fuse_conv_bn_eval

_CONVOLUTIONS = {"torch.nn.modules.conv.Conv2d", "timm.layers.conv2d_same.Conv2dSame"}
_NORMALISATIONS = {"torch.nn.modules.batchnorm.BatchNorm2d", "timm.layers.norm_act.BatchNormAct2d"}
"""The very classes that are folded: a subclass may do anything."""

_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
)
_PLAIN = (bool, int, float, str, tuple, type(None))


_one_at_a_time = Lock()
"""While a network is traced, the modules of all threads come to the tracer, and there is one for all."""


class _Tracer(fx.Tracer):
    """Treats every convolution and batch normalisation as one operation, subclasses included.

    What other threads do with networks meanwhile is left alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = get_ident()

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return isinstance(module, nn.Conv2d | nn.BatchNorm2d) or super().is_leaf_module(module, name)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, fx.Proxy]) -> Any:
        if get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


@dataclass(frozen=True, eq=False)
class FoldedNetwork:
    """A network with folded batch normalisation, and what it was made from.

    Attributes:
        network: the copy; it shares all parameters but those of the convolutions.
        copied: the tensors that it does not share, and their values when it was made.
        structure: the modules of the original, their tensors, hooks and plain attributes.
    """

    network: nn.Module
    copied: tuple[tuple[Tensor, Tensor], ...]
    structure: tuple[Any, ...]

    def is_current(self, network: nn.Module) -> bool:
        """Return whether the original is still what it was: every value, module, hook and plain attribute."""
        now = _structure(network)
        same = len(now) == len(self.structure) and all(map(_equal, now, self.structure))
        return same and all(torch.equal(tensor, before) for tensor, before in self.copied)


def fold_batch_normalisation(network: nn.Module) -> FoldedNetwork | None:
    """Fold each batch normalisation into the convolution that alone feeds it.

    In evaluation mode both are affine, so the folded network is the same function up to rounding. Pairs are
    found by tracing the flow of data. Only plain modules count: no subclass, hook or parametrization, and no
    weight that anything else reads. All convolutions are copies, which take images in the channels-last
    format.

    Args:
        network: in evaluation mode; left as it is.

    Returns:
        The folded network; None if there is nothing to fold, or the network cannot be traced or copied.
    """
    try:
        pairs = _find_pairs(network)
        if not pairs:
            return None
        shared = {id(tensor): tensor for tensor in chain(network.parameters(), network.buffers())}
        folded = copy.deepcopy(network, dict(shared))
    except Exception:  # whatever a network does that cannot be traced or copied, it works without
        return None
    for convolution, normalisation in pairs:
        first, second = folded.get_submodule(convolution), folded.get_submodule(normalisation)
        fused: nn.Module = fuse_conv_bn_eval(first, second)  # type: ignore[type-var, arg-type]
        folded.set_submodule(convolution, fused.requires_grad_(False))
        folded.set_submodule(normalisation, _what_is_left(second))
    for module in folded.modules():
        if _is_plain(module, _CONVOLUTIONS):
            weight: Tensor = module.weight.detach()  # type: ignore[operator]
            module.weight = nn.Parameter(weight.clone(memory_format=torch.channels_last), requires_grad=False)
    kept = {id(tensor) for tensor in chain(folded.parameters(), folded.buffers())}
    copied = [tensor for key, tensor in shared.items() if key not in kept]
    return FoldedNetwork(
        folded, tuple((tensor, tensor.detach().clone()) for tensor in copied), _structure(network)
    )


def _find_pairs(network: nn.Module) -> list[tuple[str, str]]:
    """Return the names of each convolution and the batch normalisation that alone reads its output."""
    if not any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
        return []
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        return []
    with _one_at_a_time:
        graph = _Tracer().trace(network)
    modules = dict(network.named_modules(remove_duplicate=False))
    calls = Counter(id(modules[str(node.target)]) for node in graph.nodes if node.op == "call_module")
    read = [str(node.target) for node in graph.nodes if node.op == "get_attr"]
    owners = Counter(
        id(tensor)
        for module in network.modules()
        for tensor in chain(module._parameters.values(), module._buffers.values())
        if tensor is not None
    )
    return [
        names
        for names in _neighbours(graph)
        if all(
            calls[id(modules[name])] == 1
            and not any(each.startswith(f"{name}.") for each in read)
            and _stands_alone(modules[name], owners)
            for name in names
        )
        and _is_plain(modules[names[0]], _CONVOLUTIONS)
        and _is_plain(modules[names[1]], _NORMALISATIONS)
        and modules[names[1]].running_mean is not None
    ]


def _neighbours(graph: fx.Graph) -> Iterator[tuple[str, str]]:
    """Yield the names of each module whose result is read by one other module alone, and of that one."""
    for node in graph.nodes:
        before = node.args[0] if node.op == "call_module" and len(node.args) == 1 else None
        if isinstance(before, fx.Node) and before.op == "call_module" and len(before.users) == 1:
            yield str(before.target), str(node.target)


def _is_plain(module: nn.Module, classes: set[str]) -> bool:
    """Return whether a module is of one of the very classes, with nothing attached to it."""
    kind = type(module)
    return (
        f"{kind.__module__}.{kind.__qualname__}" in classes
        and not any(getattr(module, name, None) for name in _HOOKS)
        and not parametrize.is_parametrized(module)
        and isinstance(module._parameters.get("weight"), nn.Parameter)
        and "forward" not in vars(module)
    )


def _stands_alone(module: nn.Module, owners: Counter[int]) -> bool:
    """Return whether no other module holds one of its tensors."""
    tensors = chain(module._parameters.values(), module._buffers.values())
    return all(owners[id(tensor)] == 1 for tensor in tensors if tensor is not None)


def _structure(network: nn.Module) -> tuple[Any, ...]:
    """Return the modules of a network with their tensors, hooks and plain attributes, one after the other."""
    found: list[Any] = []
    for name, module in network.named_modules(remove_duplicate=False):
        found += [name, module, *module._parameters.values(), *module._buffers.values()]
        found += [tuple(getattr(module, hooks)) for hooks in _HOOKS]
        found += [pair for pair in vars(module).items() if isinstance(pair[1], _PLAIN)]
    return tuple(found)


def _equal(one: Any, other: Any) -> bool:
    """Compare names, hooks and attributes by value, modules and tensors by identity."""
    return one is other if isinstance(one, Tensor | nn.Module) else bool(one == other)


def _what_is_left(normalisation: nn.Module) -> nn.Module:
    """Return what a batch normalisation does besides: in timm it ends with an activation."""
    rest = (getattr(normalisation, name, None) for name in ("drop", "act"))
    return nn.Sequential(*(module for module in rest if isinstance(module, nn.Module)))

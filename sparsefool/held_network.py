"""A network held still while it is attacked: in evaluation mode, without gradients, then put back."""

import copy
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn


@dataclass
class _Hold:
    """Who holds a network: how many blocks, perhaps of several threads, and what puts it back."""

    blocks: int = 0
    put_back: ExitStack = field(default_factory=ExitStack)


_holds: dict[int, _Hold] = {}
_lock = Lock()


@contextmanager
def held_still(network: nn.Module) -> Iterator[None]:
    """Hold a network in evaluation mode with frozen parameters for the length of a block.

    When the last block that holds it ends, also by an exception, it is as it was before the first: the mode
    of each module, which parameters require a gradient, their gradients, and the buffers, should a forward in
    evaluation mode have written to them.
    """
    with _lock:
        hold = _holds.setdefault(id(network), _Hold())
        hold.blocks += 1
        if hold.blocks == 1:
            hold.put_back.enter_context(_frozen(network))
    try:
        yield
    finally:
        with _lock:
            hold.blocks -= 1
            if hold.blocks == 0:
                del _holds[id(network)]
                hold.put_back.close()


def unwrapped(network: nn.Module) -> nn.Module:
    """Return the network inside what only changes how it is run: torch.compile, (Distributed)DataParallel."""
    wrappers = nn.DataParallel, nn.parallel.DistributedDataParallel
    while True:
        inner = getattr(network, "_orig_mod", None)
        if isinstance(network, wrappers):
            inner = network.module
        if not isinstance(inner, nn.Module):
            return network
        network = inner


def differentiable(network: nn.Module) -> nn.Module:
    """Return the network; a copy, if its tensors were made in inference mode, which allows no gradients."""
    tensors = list(chain(network.parameters(), network.buffers()))
    if not any(tensor.is_inference() for tensor in tensors):
        return network
    with torch.inference_mode(False), torch.no_grad():
        normal: dict[int, Tensor] = {id(each): each.clone() for each in network.buffers()}
        normal |= {id(each): nn.Parameter(each.clone(), each.requires_grad) for each in network.parameters()}
        return copy.deepcopy(network, normal)


def uncompiled() -> Any:
    """Return a context in which what torch.compile made runs as it was written."""
    if "torch._dynamo" not in sys.modules:
        return nullcontext()
    return torch.compiler.set_stance("force_eager")


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    training = [module for module in network.modules() if module.training]
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
    entirely = len(training) == sum(1 for _ in network.modules())
    try:
        if training:
            _evaluate(network)
        for parameter in trainable:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_()
        if training:
            _train_again(network, training, entirely)
        _put_back(buffers)


def _evaluate(network: nn.Module) -> None:
    try:
        network.eval()
    except NotImplementedError:  # exported programs
        for module in network.modules():
            module.training = False


def _train_again(network: nn.Module, training: list[nn.Module], entirely: bool) -> None:
    if entirely:
        try:
            network.train()
        except NotImplementedError:
            entirely = False
    if not entirely:
        for module in training:
            module.training = True


@torch.no_grad()
def _put_back(buffers: list[tuple[Tensor, Tensor]]) -> None:
    for buffer, before in buffers:
        if not torch.equal(buffer, before):
            buffer.copy_(before)

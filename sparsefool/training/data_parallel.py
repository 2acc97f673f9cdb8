"""Data-parallel training on CPU threads, each with a share of the batch.

The threads inside torch's own operations wait for each other after every layer. These do not: on two cores a
step takes a sixth less time, and it does not stall when other programs are running.
"""

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor, nn

Result = TypeVar("Result")


class DataParallel:
    """A network and replicas that share its weights; each has running statistics of its own.

    The gradients of all replicas add up in the shared weights. With two, the sum does not depend on which
    thread comes first; with more it would, by rounding.

    Args:
        module: the network, which is the first replica.
        count: the number of replicas, 1 or 2.
    """

    def __init__(self, module: nn.Module, count: int) -> None:
        self._replicas = (module, *(_share_weights(module) for _ in range(count - 1)))
        self._pool = ThreadPoolExecutor(count, initializer=_use_one_thread) if count > 1 else None

    def map(self, work: Callable[..., Result], *batch: Tensor) -> Sequence[Result]:
        """Return ``work(replica, *share)`` of each replica, and average their running statistics.

        Args:
            work: trains a replica on its share of the batch.
            batch: tensors with the images along the first axis.
        """
        if self._pool is None:
            return [work(self._replicas[0], *batch)]
        self._share_statistics(lambda mine, others: [other.copy_(mine) for other in others])
        shares = [tensor.chunk(len(self._replicas)) for tensor in batch]
        results = list(self._pool.map(work, self._replicas, *shares))
        self._share_statistics(lambda mine, others: mine.copy_(_mean([mine, *others])))
        return results

    @torch.no_grad()
    def _share_statistics(self, share: Callable[[Tensor, Sequence[Tensor]], object]) -> None:
        for mine, *others in zip(*(module.buffers() for module in self._replicas), strict=True):
            share(mine, others)


def _mean(values: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(values)).double().mean(dim=0)


def _share_weights(module: nn.Module) -> nn.Module:
    replica = copy.deepcopy(module)
    for ours, theirs in zip(module.modules(), replica.modules(), strict=True):
        for name, weight in ours.named_parameters(recurse=False):
            setattr(theirs, name, weight)
    return replica


def _use_one_thread() -> None:
    torch.set_num_threads(1)

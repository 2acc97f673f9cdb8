"""How many images share a pass at most: measured while they pass, for each network and device."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

MOST_IMAGES_CPU, MOST_IMAGES_GPU = 32, 512
"""Images that share a pass, whatever was measured: more gain next to nothing."""

LONGEST_PASS = 0.5
"""Seconds that a forward pass may take on a CPU, where a batch gains little and all wait for all."""

MEMORY_SHARE = 0.25
"""Share of the memory that is free on a GPU that the graph of one pass may take: several may be there at a
time, and their backwards take more."""

PASS_COST_CPU, PASS_COST_GPU = 2, 50
"""What a pass costs besides its images, in images: on a CPU as measured with a ResNet-18 for 32 x 32 pixels,
batches of 1 and 20; on a GPU not measured, but much, because launches take most of the time."""

NEWS = 0.2
"""Share of the latest pass in the running mean of what an image takes."""


class LargestBatch:
    """The largest batch of a network on a device.

    On a CPU it follows from the seconds that passes have taken, on a GPU from the memory that they keep.
    Wherever the memory ends all the same, it is halved.

    Args:
        device: of the network.
        fixed: the images of the largest batch, where that shall not be measured.
    """

    def __init__(self, device: torch.device, fixed: int | None = None) -> None:
        self._device = device
        self._on_cpu = device.type == "cpu"
        self._fixed = fixed is not None
        self._limit = fixed or (MOST_IMAGES_CPU if self._on_cpu else MOST_IMAGES_GPU)
        self._most = self._limit
        self._seconds = 0.0
        self._bytes = 0.0

    @property
    def images(self) -> int:
        """How many images may share a pass; at least 1."""
        most: float = self._most
        if self._seconds and not self._fixed:
            most = min(most, LONGEST_PASS / self._seconds - PASS_COST_CPU)
        if self._bytes and not self._fixed:
            most = min(most, MEMORY_SHARE * torch.cuda.mem_get_info(self._device)[0] / self._bytes)
        return max(int(most), 1)

    @property
    def pass_cost(self) -> int:
        """What a pass costs besides its images, in images."""
        return PASS_COST_CPU if self._on_cpu else PASS_COST_GPU

    @contextmanager
    def measured(self, images: int, *, with_graph: bool) -> Iterator[None]:
        """Take note of what a forward pass, the block, takes for so many images."""
        has_memory = with_graph and self._device.type == "cuda"
        before = torch.cuda.memory_allocated(self._device) if has_memory else 0
        started = time.perf_counter()
        yield
        if self._on_cpu:
            self.took(images, time.perf_counter() - started)
        if has_memory:
            self.kept(images, torch.cuda.memory_allocated(self._device) - before)
        if images >= self._most < self._limit:
            self._most += 1

    def took(self, images: int, seconds: float) -> None:
        """Take note that a forward pass took so long on a CPU."""
        each = seconds / (images + PASS_COST_CPU)
        self._seconds += (NEWS if self._seconds else 1) * (each - self._seconds)

    def kept(self, images: int, memory: int) -> None:
        """Take note of the bytes that a graph takes on a GPU; other threads may have taken some meanwhile."""
        each = memory / images
        if each > 0:
            self._bytes = min(self._bytes or each, each)

    def was_too_large(self, images: int) -> None:
        """Take note that the memory was not enough: half as many pass next, and then one more every time."""
        self._most = min(self._most, (images + 1) // 2)

"""How fast the engine is, against its peers on the same images in one run."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.benchmarks.competitors import COMPETITORS, ENGINE, Competitor, Limits, PlainNetwork, Run
from sparsefool.benchmarks.profiler import Profile, profiled
from sparsefool.classifier import Classifier
from sparsefool.devices import now
from sparsefool.errors import ModelError
from sparsefool.metrics import pixels_changed

OnProgress = Callable[[int, int, str], object]


@dataclass(frozen=True)
class SpeedRow:
    """One competitor at one batch size.

    Attributes:
        competitor, batch_size: 1 for those that always work one image at a time.
        images: how many were attacked, in as many batches as it takes.
        seconds: per image, one entry per repetition.
        ratios: seconds over those of the engine in the same repetition and at this batch size (those that
            work one by one: at every batch size of the engine), by the engine's batch size.
        fooled: share of the images that end with another label, within [0, 1].
        median_pixels: over the fooled images; NaN where there is none.
        forwards, backwards: images passed through the network, per image attacked.
        network_share: of the wall time, inside the network's forwards and backwards.
        peak_memory: bytes above those in use before, at most; None where the system does not tell.
    """

    competitor: str
    batch_size: int
    images: int
    seconds: tuple[float, ...]
    ratios: dict[int, tuple[float, ...]]
    fooled: float
    median_pixels: float
    forwards: float
    backwards: float
    network_share: float
    peak_memory: int | None


@dataclass(frozen=True)
class _Entry:
    competitor: Competitor
    run: Run
    network: nn.Module
    batch_size: int
    images: Tensor


def load_competitors(names: Sequence[str]) -> tuple[dict[Competitor, Run], dict[str, str]]:
    """Return those of the competitors that can run here, and why the others cannot."""
    ready, missing = dict[Competitor, Run](), dict[str, str]()
    for competitor in COMPETITORS:
        if competitor.name in names or competitor is ENGINE:
            try:
                with warnings.catch_warnings():  # other packages import what will once be gone
                    warnings.simplefilter("ignore", DeprecationWarning)
                    ready[competitor] = competitor.load()
            except (ImportError, ModelError) as error:
                missing[competitor.name] = str(error)
    return ready, missing


def compare_speed(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    competitors: dict[Competitor, Run],
    *,
    batch_sizes: Sequence[int] = (1, 32),
    repetitions: int = 3,
    limits: Limits | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> list[SpeedRow]:
    """Let all competitors attack the same images in turns, each at each batch size, again and again.

    All are given the network's own labels. A batch larger than the number of images holds all of them equally
    often, as many as fit. Success is judged alike: whether the network's label of the clipped result is
    another. A first run of each, which is not timed, counts passes, the share of the network, and memory.
    """
    limits, plain = limits or Limits(), PlainNetwork(classifier)
    entries = list(_entries(classifier, plain, images, competitors, batch_sizes))
    with torch.no_grad():
        labels = plain(images).argmax(1)
    total = len(entries) * (repetitions + 1)
    spent, ends, seconds = list[Profile](), list[Tensor](), [list[float]() for _ in entries]
    for turn in range(repetitions + 1):
        for number, entry in enumerate(entries):
            on_progress(turn * len(entries) + number, total, entry.competitor.title)
            if turn == 0:
                with profiled(entry.network, images.device) as meter:
                    ends.append(_attack(entry, labels, limits))
                spent.append(meter)
            else:
                begun = now(images.device)
                _attack(entry, labels, limits)
                seconds[number].append((now(images.device) - begun) / len(entry.images))
    engine = {
        entry.batch_size: times
        for entry, times in zip(entries, seconds, strict=True)
        if entry.competitor is ENGINE
    }
    return [
        _row(entry, times, engine, meter, end, labels, plain)
        for entry, times, meter, end in zip(entries, seconds, spent, ends, strict=True)
    ]


def _entries(
    classifier: Classifier,
    plain: PlainNetwork,
    images: Tensor,
    competitors: dict[Competitor, Run],
    batch_sizes: Sequence[int],
) -> Iterator[_Entry]:
    n = len(images)
    for competitor, run in competitors.items():
        network = classifier if competitor.ours else plain
        fitting = dict.fromkeys(size if size < n else size // n * n for size in batch_sizes)
        for size in fitting if competitor.batched else (1,):
            yield _Entry(competitor, run, network, size, images.repeat(max(1, size // n), 1, 1, 1))


def _attack(entry: _Entry, labels: Tensor, limits: Limits) -> Tensor:
    labels = labels.repeat(len(entry.images) // len(labels))
    size = entry.batch_size
    parts = zip(torch.split(entry.images, size), torch.split(labels, size), strict=True)
    return torch.cat([entry.run(entry.network, *part, limits).detach() for part in parts])


def _row(
    entry: _Entry,
    times: list[float],
    engine: dict[int, list[float]],
    meter: Profile,
    end: Tensor,
    labels: Tensor,
    plain: PlainNetwork,
) -> SpeedRow:
    n = len(labels)
    clipped = end[:n].clamp(0, 1)
    with torch.no_grad():
        fooled = plain(clipped).argmax(1) != labels
    compared = [entry.batch_size] if entry.competitor.batched else list(engine)
    return SpeedRow(
        competitor=entry.competitor.name,
        batch_size=entry.batch_size,
        images=n,
        seconds=tuple(times),
        ratios={size: tuple(a / b for a, b in zip(times, engine[size], strict=True)) for size in compared},
        fooled=float(fooled.double().mean()),
        median_pixels=median(pixels_changed(entry.images[:n], clipped)[fooled].tolist() or [math.nan]),
        forwards=meter.forwards / len(end),
        backwards=meter.backwards / len(end),
        network_share=meter.network_seconds / meter.seconds,
        peak_memory=meter.peak_memory,
    )

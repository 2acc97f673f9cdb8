"""How fast this package is, against its competitors on the same images in one run."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.benchmarks.competitors import COMPETITORS, ENGINE, Competitor, Limits, NormalisedNetwork, Run
from sparsefool.benchmarks.pass_time import SEVERAL, PassTime, PassTimer, floor
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
        competitor: its name.
        batch_size: 1 for those that always work on one image at a time.
        images: how many were attacked, in as many batches as it takes.
        seconds: per image, one entry per repetition.
        ratios: seconds over those of this engine in the same repetition, by the engine's batch size: the same
            one, or all of them for those that work on one image at a time.
        times_floor: seconds over those that its passes take at the best batch size, in the same repetition.
        fooled: share of the images that end with another label, once clipped to [0, 1].
        median_pixels: over the fooled images; NaN where there is none.
        forwards, backwards: images passed through the network, per image attacked.
        network_share: the share of the wall time spent in the network's forwards and backwards.
        peak_memory: peak bytes above those in use before; None where the system does not say.
    """

    competitor: str
    batch_size: int
    images: int
    seconds: tuple[float, ...]
    ratios: dict[int, tuple[float, ...]]
    times_floor: tuple[float, ...]
    fooled: float
    median_pixels: float
    forwards: float
    backwards: float
    network_share: float
    peak_memory: int | None


@dataclass(frozen=True)
class SpeedComparison:
    """What was measured in one run.

    Attributes:
        rows: each competitor at each batch size.
        passes: how long a pass takes, at the batch sizes of the rows, of 1 and of a few images.
    """

    rows: tuple[SpeedRow, ...]
    passes: tuple[PassTime, ...]


@dataclass(frozen=True)
class _Entry:
    competitor: Competitor
    run: Run
    network: nn.Module
    batch_size: int
    images: Tensor


def load_competitors(names: Sequence[str]) -> tuple[dict[Competitor, Run], dict[str, str]]:
    """Return the named competitors that can run here, always with the engine, and why the others cannot."""
    ready, missing = dict[Competitor, Run](), dict[str, str]()
    for competitor in COMPETITORS:
        if competitor.name in names or competitor is ENGINE:
            try:
                with warnings.catch_warnings():  # other packages import deprecated modules
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
) -> SpeedComparison:
    """Attack the same images with all competitors in turn, each at each batch size, and repeat.

    All get the network's own labels. A batch larger than the number of images holds each of them equally
    often, as many times as fit. Success means the same for all: the network gives the clipped result another
    label. A first run of each, which is not timed, counts passes and measures the network's share and memory.
    After each timed run the passes of the network are timed, so that other programs disturb both alike.

    Args:
        classifier: the network.
        images: in [0, 1], on its device.
        competitors: from :func:`load_competitors`.
        batch_sizes: images in a batch.
        repetitions: timed runs of each.
        limits: the parameters of the attacks.
        on_progress: called with the number of runs done, the number in all, and what comes next.
    """
    limits, plain = limits or Limits(), NormalisedNetwork(classifier)
    entries = list(_entries(classifier, plain, images, competitors, batch_sizes))
    with torch.no_grad():
        labels = plain(images).argmax(1)
    timer = PassTimer(classifier, images, [1, SEVERAL, *(entry.batch_size for entry in entries)])
    total = len(entries) * (repetitions + 1)
    profiles, ends, seconds = list[Profile](), list[Tensor](), [list[float]() for _ in entries]
    for turn in range(repetitions + 1):
        if turn > 0:
            timer.begin_repetition()
        for number, entry in enumerate(entries):
            on_progress(turn * len(entries) + number, total, entry.competitor.title)
            if turn == 0:
                with profiled(entry.network, images.device) as profile:
                    ends.append(_attack(entry, labels, limits))
                profiles.append(profile)
            else:
                begun = now(images.device)
                _attack(entry, labels, limits)
                seconds[number].append((now(images.device) - begun) / len(entry.images))
                timer.sample()
    engine = {
        entry.batch_size: times
        for entry, times in zip(entries, seconds, strict=True)
        if entry.competitor is ENGINE
    }
    passes = timer.times()
    rows = tuple(
        _row(entry, times, engine, passes, profile, end, labels, plain)
        for entry, times, profile, end in zip(entries, seconds, profiles, ends, strict=True)
    )
    return SpeedComparison(rows, passes)


def _entries(
    classifier: Classifier,
    plain: NormalisedNetwork,
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
    passes: Sequence[PassTime],
    profile: Profile,
    end: Tensor,
    labels: Tensor,
    plain: NormalisedNetwork,
) -> SpeedRow:
    n = len(labels)
    forwards, backwards = profile.forwards / len(end), profile.backwards / len(end)
    least = floor(passes, forwards, backwards)
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
        times_floor=tuple(a / b for a, b in zip(times, least, strict=True)),
        fooled=float(fooled.double().mean()),
        median_pixels=median(pixels_changed(entry.images[:n], clipped)[fooled].tolist() or [math.nan]),
        forwards=forwards,
        backwards=backwards,
        network_share=profile.network_seconds / profile.seconds,
        peak_memory=profile.peak_memory,
    )

"""``python -m sparsefool experiment speed``: this engine against its competitors."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click
import torch
from torch import Tensor

from sparsefool.attacks.core.nearest_plane import GRADIENT_GROWTH
from sparsefool.benchmarks.competitors import COMPETITORS, Limits
from sparsefool.benchmarks.pass_time import PassTime, best_backward, best_forward
from sparsefool.benchmarks.scaling import ScalingRow, measure_scaling
from sparsefool.benchmarks.speed import SpeedRow, compare_speed, load_competitors
from sparsefool.benchmarks.untrained import untrained_model
from sparsefool.classifier import Classifier
from sparsefool.cli.own_network import OwnNetworkOptions, own_network_name, with_own_network
from sparsefool.cli.terminal import TerminalProgress
from sparsefool.data.samples import load_samples
from sparsefool.devices import choose_device, device_info
from sparsefool.formats import percent
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.specs import find_spec

_NAMES = tuple(competitor.name for competitor in COMPETITORS)


@click.command()
@click.argument("model", required=False)
@with_own_network
@click.option("--random-weights", is_flag=True, help="MODEL's architecture, untrained: speed needs no more.")
@click.option(
    "--images", "n", type=click.IntRange(2), default=8, show_default=True, help="All there are at most."
)
@click.option("--batch", "batches", type=click.IntRange(1), multiple=True, default=(1, 32), show_default=True)
@click.option("--competitor", "names", type=click.Choice(_NAMES), multiple=True, default=_NAMES)
@click.option("--repetitions", type=click.IntRange(1), default=3, show_default=True)
@click.option("--lambda", "lambda_", type=float, default=3.0, show_default=True)
@click.option("--max-iter", type=click.IntRange(1), default=50, show_default=True)
@click.option("--candidates", type=click.IntRange(2), default=10, show_default=True)
@click.option(
    "--gradient-growth",
    type=click.FloatRange(1),
    default=GRADIENT_GROWTH,
    show_default=True,
    help="By which factor a gradient may have grown that the engine skips; inf: none is skipped.",
)
@click.option("--side", "sides", type=click.IntRange(8), multiple=True, help="Growth: an image side.")
@click.option("--grow-candidates", type=click.IntRange(2), multiple=True, help="Growth: a number of classes.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write all there too.")
def speed(
    model: str | None,
    own: OwnNetworkOptions,
    random_weights: bool,
    n: int,
    batches: tuple[int, ...],
    names: tuple[str, ...],
    repetitions: int,
    lambda_: float,
    max_iter: int,
    candidates: int,
    gradient_growth: float,
    sides: tuple[int, ...],
    grow_candidates: tuple[int, ...],
    device: str,
    path: Path | None,
) -> None:
    """Measure seconds per image on MODEL, everything in turns, and how the cost grows.

    MODEL is a network's name, mnist/lenet if none is given; --weights and --architecture give one of your
    own. The floor is what an attack's passes take at the batch size where a pass is cheapest per image,
    measured in the same run.

    Options that say so may be given several times.
    """
    model = own_network_name(model, own) or "mnist/lenet"
    classifier, images = _subject(model, random_weights, n, choose_device(device))
    competitors, missing = load_competitors(names)
    for name, reason in missing.items():
        click.echo(f"{name} is left out: {reason} (see requirements-benchmark.txt)", err=True)
    limits = Limits(lambda_, max_iter, candidates, gradient_growth)
    with TerminalProgress() as progress:
        measured = compare_speed(
            classifier,
            images,
            competitors,
            batch_sizes=batches,
            repetitions=repetitions,
            limits=limits,
            on_progress=progress.report,
        )
        growth = measure_scaling(
            classifier,
            images,
            sides=sides,
            candidates=grow_candidates,
            limits=limits,
            on_progress=progress.report,
        )
    click.echo("\n".join(_line(row) for row in measured.rows))
    click.echo("\n".join([*map(_pass_line, measured.passes), _floor_line(measured.passes)]))
    click.echo("\n".join(_growth_line(row) for row in growth), nl=bool(growth))
    where = f"{classifier.name}, λ = {lambda_:g}, {len(images)} images, {device_info(classifier.device)}"
    click.echo(f"{where}, torch {torch.__version__}")
    if path is not None:
        about = {
            "model": classifier.name,
            "limits": asdict(limits),
            "device": str(device_info(classifier.device)),
            "torch": torch.__version__,
            "python": platform.python_version(),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "missing": missing,
        }
        tables = {**asdict(measured), "growth": [asdict(row) for row in growth]}
        path.write_text(json.dumps(about | tables, indent=2) + "\n", encoding="utf-8")


def _subject(model: str, random_weights: bool, n: int, device: torch.device) -> tuple[Classifier, Tensor]:
    spec = find_spec(model)
    images = load_samples(spec.gallery, spec.input_size).images[:n]
    if random_weights:
        return untrained_model(model, images[:20], device), images.to(device)
    return load_model(model, str(device)), images.to(device)


def _line(row: SpeedRow) -> str:
    times_floor = median(row.times_floor)
    parts = [f"{row.competitor:12} batch {row.batch_size:3}: {median(row.seconds) * 1000:9.1f} ms per image"]
    parts += [
        f"{median(times):.2f} ({min(times):.2f} to {max(times):.2f}) times the engine's at batch {size}"
        for size, times in row.ratios.items()
        if row.competitor != "engine"
    ]
    parts += [
        f"fooled {percent(row.fooled, 1)}",
        f"median {row.median_pixels:g} pixels" if row.fooled else "no median of pixels",
        f"{row.forwards:.1f} + {row.backwards:.1f} passes",
        f"{percent(row.network_share)} in the network",
        f"{times_floor:.2f} times the floor, which is {percent(1 / times_floor)} of the time",
    ]
    return ", ".join(parts + _memory(row.peak_memory))


def _pass_line(passes: PassTime) -> str:
    forward, backward = median(passes.forward) * 1000, median(passes.backward) * 1000
    size = passes.batch_size
    return f"a pass at batch {size:3}: {forward:.3g} ms forward, {backward:.3g} ms backward per image"


def _floor_line(passes: Sequence[PassTime]) -> str:
    forward, backward = best_forward(passes), best_backward(passes)
    return (
        f"floor: forwards × {median(forward.forward) * 1000:.3g} ms (batch {forward.batch_size}) "
        f"+ backwards × {median(backward.backward) * 1000:.3g} ms (batch {backward.batch_size})"
    )


def _growth_line(row: ScalingRow) -> str:
    passes = row.forwards + row.backwards
    parts = [
        f"{row.side:4} pixels wide, {row.num_candidates:3} candidates: {row.seconds * 1000:.1f} ms per image",
        f"{passes:.1f} passes of {row.seconds * row.network_share / passes * 1000:.2f} ms",
        f"{percent(1 - row.network_share, 1)} outside the network",
    ]
    return ", ".join(parts + _memory(row.peak_memory))


def _memory(peak: int | None) -> list[str]:
    return [] if peak is None else [f"{peak / 2**20:.0f} MiB at most"]

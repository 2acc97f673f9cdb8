"""``python -m sparsefool measure``: SparseFool on many images, as the paper's Table 1 counts it."""

import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import torch
from torch import Tensor

from sparsefool.commands.terminal import TerminalProgress
from sparsefool.data.datasets import load_dataset
from sparsefool.data.galleries import load_gallery
from sparsefool.devices import device_info
from sparsefool.errors import ParameterError
from sparsefool.experiments.measurement import Measurement, measure_sparsefool
from sparsefool.zoo.loading import load_model, weights_sha256
from sparsefool.zoo.specs import ModelSpec, find_spec


@click.command()
@click.argument("model")
@click.option("--lambda", "lambdas", type=float, multiple=True, default=(3.0,), show_default=True)
@click.option("--delta", type=float, default=255.0, show_default=True, help="Levels of 0 to 255.")
@click.option("--max-iter", type=int, default=50, show_default=True)
@click.option("--candidates", type=int, default=10, show_default=True, help="Classes DeepFool looks at.")
@click.option(
    "--images",
    "source",
    type=click.Choice(["gallery", "test"]),
    default="gallery",
    show_default=True,
    help="The 20 sample images, or the first ones of the official test set.",
)
@click.option(
    "--n", type=click.IntRange(1), help="Images.  [default: 20 of the gallery, 1000 of the test set]"
)
@click.option("--batch", "batch_size", type=click.IntRange(1), default=50, show_default=True)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Folder with Parquet files.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def measure(
    model: str,
    lambdas: tuple[float, ...],
    delta: float,
    max_iter: int,
    candidates: int,
    source: str,
    n: int | None,
    batch_size: int,
    data: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Measure SparseFool on MODEL: fooling rate, changed pixels, iterations, passes and time.

    --lambda may be given several times: one line each.
    """
    classifier = load_model(model, device)
    images = _images(find_spec(model), source, n, data)
    rows = []
    with TerminalProgress() as progress:
        for lambda_ in lambdas:
            measurement = measure_sparsefool(
                classifier,
                images,
                lambda_=lambda_,
                delta=delta,
                max_iter=max_iter,
                num_candidates=candidates,
                batch_size=batch_size,
                on_progress=partial(progress.report, text=f"λ = {lambda_:g}"),
            )
            settings = {"lambda": lambda_, "delta": delta, "max_iter": max_iter, "candidates": candidates}
            rows.append(settings | asdict(measurement))
            if not as_json:
                click.echo(_line(lambda_, measurement))
    provenance = {
        "model": model,
        "weights_sha256": weights_sha256(model),
        "images": f"{source} of {find_spec(model).dataset}",
        "device": str(device_info(classifier.device)),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if as_json:
        click.echo(json.dumps(provenance | {"rows": rows}, indent=2))
    else:
        click.echo(f"{model}, {provenance['images']}, {provenance['device']}, {provenance['date']}")


def _images(spec: ModelSpec, source: str, n: int | None, data: Path | None) -> Tensor:
    if source == "gallery":
        images = load_gallery(spec.dataset, spec.input_size).images
    else:
        images = load_dataset(spec.dataset, "test", data).images[: n or 1000].float() / 255
    if n is not None and n > len(images):
        raise ParameterError(f"--n asks for {n} images; the {source} of {spec.dataset} has {len(images)}.")
    return images[:n]


def _line(lambda_: float, row: Measurement) -> str:
    low, high = row.fooling_interval
    fewest, most = row.pixels_interval
    parts = (
        f"fooled {row.fooled}/{row.n} = {row.fooling_rate:.1%} (95 % {low:.1%} to {high:.1%})",
        f"as 8-bit images {row.fooled_8bit}/{row.n}",
        f"median {row.median_pixels:g} pixels = {row.median_percent:.2f} % (95 % {fewest:g} to {most:g})",
        f"{row.mean_iterations:.1f} iterations",
        f"{row.mean_forwards:.0f} + {row.mean_backwards:.0f} passes",
        f"{row.planes_behind} planes behind",
        f"{row.seconds_per_image:.3g} s per image in batches of {row.batch_size}",
    )
    return f"λ = {lambda_:g}: {', '.join(parts)}"

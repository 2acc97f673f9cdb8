"""``python -m sparsefool experiment openings``, ``samples`` and ``planes``: what the pages open with."""

from statistics import median

import click

from sparsefool.backend.attack.openings import openings as openings_of
from sparsefool.backend.attack.openings import run_openings, ship_openings
from sparsefool.backend.planes.stored import EXAMPLES, compute_plane, store_plane
from sparsefool.cli.experiments.running import DATASET, MODELS, RunOptions, run_in_terminal, with_run_options
from sparsefool.cli.terminal import TerminalProgress, resumable
from sparsefool.experiments.paper.experiments import sample_grids
from sparsefool.experiments.sample_grid import SAMPLES
from sparsefool.formats import percent


@click.command()
@DATASET
@MODELS
@click.option("--map", "with_map", is_flag=True, help="The λ × δ map instead of ten δ in a row.")
@click.option("--images", type=click.IntRange(1), default=SAMPLES, show_default=True, help="Sample pictures.")
@with_run_options
def samples(dataset: str, models: tuple[str, ...], with_map: bool, images: int, options: RunOptions) -> None:
    """What the Perceptibility page opens with: each sample picture at ten δ (Figure 7), or over λ and δ."""
    planned = sample_grids(dataset, models, images)[with_map]
    table = run_in_terminal(planned, options)
    for model, rows in table.rows.groupby("model", sort=False):
        n, fooled = len(rows), int(rows["success_8bit"].sum())
        click.echo(f"{model}: {rows['image'].nunique()} pictures, {fooled} of {n} attacks fool the network")


@click.command()
@DATASET
@MODELS
@with_run_options
def openings(dataset: str, models: tuple[str, ...], options: RunOptions) -> None:
    """Attack every sample picture with the settings with which the Attack page opens.

    With --ship, the app shows these results at once. They are stale once the engine, the weights of a network
    or a picture has changed; then the same command makes them anew.
    """
    requests = openings_of(dataset, models, options.device)
    own = options.results / "openings"
    counts: dict[tuple[str, str], list[int | None]] = {}
    with resumable(), TerminalProgress() as progress:
        for report in run_openings(requests, progress, own):  # one at a time: together they fill the memory
            pixels = report.change_8bit.pixels if report.success_8bit else None
            counts.setdefault((report.request.model, report.request.attack), []).append(pixels)
    for (model, attack), group in counts.items():
        fooled = [pixels for pixels in group if pixels is not None]
        few = f", median {median(fooled):g} pixels" if fooled else ""
        click.echo(f"{model}, {attack}: fooled {len(fooled)}/{len(group)} as 8-bit images{few}")
    folder = own
    if options.ship:
        folder = ship_openings(requests, own)[0].parent
    click.echo(f"{len(requests)} reports; they are kept in {folder}", err=True)


@click.command()
@click.option("--ship", is_flag=True, help="Store them in assets/planes, for the page How it works.")
@click.option("--device", default="auto", show_default=True, help="A device name of torch.")
def planes(ship: bool, device: str) -> None:
    """The decision planes of the page How it works: how far the boundary is from straight (Figure 2)."""
    for example in EXAMPLES:
        report = compute_plane(example, device)
        flat = report.flatness
        click.echo(
            f"{example.name}: {example.model}, bend {flat.bend:.1f} levels = "
            f"{percent(flat.bend / report.distance)} of the way to x_B, "
            f"{flat.rms:.1f} levels from the line, {report.rounds} rounds"
        )
        if ship:
            store_plane(example, report)

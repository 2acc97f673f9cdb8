"""Working an experiment off: where it runs, its progress, and where its table goes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from sparsefool import paths
from sparsefool.backend.experiments import ATTACK_CACHE
from sparsefool.cli.terminal import TerminalProgress
from sparsefool.devices import choose_device
from sparsefool.experiments.experiment import Experiment, RunContext
from sparsefool.experiments.runner import result_path, run_experiment
from sparsefool.store.tables import Table, read_table, write_table
from sparsefool.zoo.loading import is_available, load_model


@dataclass(frozen=True)
class RunOptions:
    """Where an experiment runs, and where its table goes.

    Attributes:
        device: ``"auto"`` or a device name of torch.
        results: folder for the table and its parts.
        ship: whether to put the table into ``assets/results`` too.
    """

    device: str
    results: Path
    ship: bool


_DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
_RESULTS = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=paths.OWN_RESULTS,
    help="Where rows are kept.  [default: runs/results]",
)
_SHIP = click.option("--ship", is_flag=True, help="Put the finished table into assets/results too.")


def placed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a :class:`RunOptions`, and the place that they make."""

    @_DEVICE
    @_RESULTS
    @_SHIP
    @wraps(command)
    def command_at(device: str, results: Path, ship: bool, **others: Any) -> None:
        command(place=RunOptions(device, results, ship), **others)

    return command_at


def work_off(
    planned: Experiment,
    place: RunOptions,
    ship_as: str,
    join: Callable[[Table, Table], Table] = lambda _, table: table,
) -> Table:
    """Run an experiment with a progress bar, say where its table is, and return it.

    Args:
        planned: what to measure.
        place: where it runs, and where the table goes.
        ship_as: the name of the table in ``assets/results``.
        join: makes one table of what lies there and the new one.
    """
    with TerminalProgress() as progress:
        for model in planned.models:
            if not is_available(model):
                load_model(model, place.device, partial(progress.report, text=f"Downloading {model}"))
        context = RunContext(str(choose_device(place.device)), cache=place.results / ATTACK_CACHE)
        for advance in run_experiment(planned, place.results, context):
            title = advance.next.title if advance.next else "done"
            progress.report(advance.done, advance.total, f"{advance.done}/{advance.total} images; {title}")
    path = result_path(planned, place.results)
    table = read_table(path)
    if place.ship:
        path = paths.SHIPPED_RESULTS / f"{ship_as}.parquet"
        write_table(path, join(read_table(path), table) if path.exists() else table)
    click.echo(f"{len(table.rows)} rows in {path}", err=True)
    return table

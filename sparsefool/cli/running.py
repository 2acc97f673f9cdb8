"""Running an experiment from the command line: where it runs, its progress, where its table goes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sparsefool import paths
from sparsefool.backend.experiments import ExperimentRequest, run_experiment
from sparsefool.cli.terminal import TerminalProgress
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.runner import result_path
from sparsefool.store.tables import Table, read_table, write_table


@dataclass(frozen=True)
class RunOptions:
    """Where an experiment runs, and where its table goes.

    Attributes:
        device: ``"auto"`` or a device name of torch.
        results: folder for the table and its shards.
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


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options of :class:`RunOptions`, which it is handed as ``options``."""

    @_DEVICE
    @_RESULTS
    @_SHIP
    @wraps(command)
    def command_with_options(device: str, results: Path, ship: bool, **others: Any) -> None:
        command(options=RunOptions(device, results, ship), **others)

    return command_with_options


def run_in_terminal(
    experiment: Experiment,
    options: RunOptions,
    shipped_name: str,
    merge: Callable[[Table, Table], Table] = lambda _, table: table,
) -> Table:
    """Return the table of an experiment, run with a progress bar; print where the table is.

    Args:
        experiment: what to measure.
        options: where it runs, and where the table goes.
        shipped_name: of the table in ``assets/results``.
        merge: makes one table of the one that is there and the new one.

    Raises:
        SparseFoolError: as :func:`sparsefool.backend.experiments.run_experiment`.
    """
    with TerminalProgress() as progress:
        table = run_experiment(ExperimentRequest(experiment, options.device), progress, options.results)
    path = result_path(experiment, options.results)
    if options.ship:
        path = paths.SHIPPED_RESULTS / f"{shipped_name}.parquet"
        write_table(path, merge(read_table(path), table) if path.exists() else table)
    click.echo(f"{len(table.rows)} rows in {path}", err=True)
    return table

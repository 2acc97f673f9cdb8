"""Running an experiment from the command line: where it runs, its progress, where its rows go."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sparsefool import paths
from sparsefool.backend.cluster.connection import ADDRESS_VARIABLE, WAIT_VARIABLE, WORKER_WAIT, Cluster
from sparsefool.backend.experiments import ExperimentRequest, run_experiment
from sparsefool.cli.terminal import NOT_SAVED, TerminalProgress, resumable
from sparsefool.data.picture_sets import ship_sets
from sparsefool.data.specs import DATASETS
from sparsefool.errors import DataError
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.records.record import LEFT_OUT, pictures_of
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.shards import UNSAVED, save_again
from sparsefool.store.tables import Table


@dataclass(frozen=True)
class RunOptions:
    """Where an experiment runs, and where its rows go.

    Attributes:
        device: ``"auto"`` or a device name of torch.
        results: folder for the blocks of rows.
        ship: whether to put the rows into ``assets/results`` too.
        cluster: where it runs if not in this process.
        anew: whether rows that come with the project are measured all the same.
    """

    device: str
    results: Path
    ship: bool
    cluster: Cluster | None = None
    anew: bool = False

    @property
    def store(self) -> RecordStore:
        """Where rows are read and kept."""
        return RecordStore(self.results, anew=self.anew)


DATASET = click.argument("dataset", type=click.Choice([spec.name for spec in DATASETS]))
MODELS = click.option(
    "--model", "models", multiple=True, help="A network; again for more.  [default: all that are here]"
)

_DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
_RESULTS = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=paths.OWN_RESULTS,
    help="Where rows are kept.  [default: runs/results]",
)
_CLUSTER = click.option(
    "--cluster",
    envvar=ADDRESS_VARIABLE,
    metavar="local|ADDRESS",
    help="Measure in processes on this machine (local), or on the workers of a Dask scheduler, such as "
    f"tcp://HOST:8786. [default: in this process, or as {ADDRESS_VARIABLE} says]",
)
_WORKER_CORES = click.option(
    "--worker-cores",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Cores of each process of --cluster local. With a GPU, there is a process for each GPU.",
)
_WORKER_WAIT = click.option(
    "--worker-wait",
    type=click.FloatRange(0, min_open=True),
    envvar=WAIT_VARIABLE,
    default=WORKER_WAIT,
    show_default=True,
    metavar="SECONDS",
    help="How long --cluster waits while no worker is there; inf: for ever.",
)
_SHIP = click.option("--ship", is_flag=True, help="Put the finished rows into assets/results too.")


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options of :class:`RunOptions`, which it is handed as ``options``.

    It exits with :data:`~sparsefool.cli.terminal.NOT_SAVED` if rows are lost that could not be written.
    """

    @_DEVICE
    @_RESULTS
    @_SHIP
    @_CLUSTER
    @_WORKER_CORES
    @_WORKER_WAIT
    @wraps(command)
    def command_with_options(
        device: str,
        results: Path,
        ship: bool,
        cluster: str | None,
        worker_cores: int,
        worker_wait: float,
        **others: Any,
    ) -> None:
        where = Cluster(cluster, worker_cores, worker_wait) if cluster else None
        command(options=RunOptions(device, results, ship, where), **others)
        if lost := save_again():
            click.echo(
                f"Error: {len(lost)} of the measured blocks could not be saved: {lost[0]}. "
                "Make room, or name another folder with --results, and give the same command again: "
                "it measures those again.",
                err=True,
            )
            click.get_current_context().exit(NOT_SAVED)

    return command_with_options


def run_in_terminal(experiment: Experiment, options: RunOptions) -> Table:
    """Return the table of an experiment, run with a progress bar; print where its rows are.

    Args:
        experiment: what to measure.
        options: where it runs, and where the rows go.

    Raises:
        SparseFoolError: as :func:`sparsefool.backend.experiments.run_experiment`.
    """
    with resumable(), TerminalProgress() as progress:
        request = ExperimentRequest(experiment, options.device)
        table = run_experiment(request, progress, options.results, options.cluster, anew=options.anew)
    for name, why in table.provenance.get(LEFT_OUT, {}).items():
        click.echo(f"Left out: {name}, which cannot be read. {why}", err=True)
    if table.rows.empty:
        raise DataError("None of the pictures can be read.")
    folder = options.results
    if options.ship:
        folder, store = paths.SHIPPED_RESULTS, RecordStore(options.results)
        for part in experiment.parts():
            store.ship(part)
        ship_sets(filter(None, (pictures_of(part.record) for part in experiment.parts())))
    if UNSAVED in table.provenance:
        click.echo(f"Not all rows could be saved so far. {table.provenance[UNSAVED]}", err=True)
    else:
        click.echo(f"{len(table.rows)} rows; they are kept in {folder}", err=True)
    return table

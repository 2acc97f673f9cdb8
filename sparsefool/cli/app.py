"""``sparsefool app``: the app in the browser."""

import gc
import importlib
import os
import runpy
import sys
from pathlib import Path

import click

from sparsefool.backend.cluster.connection import ADDRESS_VARIABLE as CLUSTER
from sparsefool.backend.cluster.connection import cluster_for_a_server
from sparsefool.backend.serving.figures_server import ADDRESS, serve_figures
from sparsefool.backend.serving.limits import VARIABLE as LIMITS
from sparsefool.backend.serving.limits import limits
from sparsefool.paths import APP

LARGEST_UPLOAD = 500
"""Megabytes of an uploaded file at most, whatever a session may keep."""

IMPORTED_AHEAD = ("pandas", "plotly.graph_objects", "pyarrow.parquet", "scipy.stats", "torchvision")
"""What pages import when they first need it: a server that imports it at its start makes nobody wait."""


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of the server.  [default: 8501, or the next free one]"
)
@click.option(
    "--cluster",
    envvar=CLUSTER,
    metavar="ADDRESS",
    help="Experiments run on the workers of this Dask scheduler, such as tcp://HOST:8786.  [default: here]",
)
@click.option("--for-class", "preset", flag_value="for-class", help="Limits for a class of a hundred.")
@click.option("--public", "preset", flag_value="public", help="Limits for a server that anybody can reach.")
@click.option(
    "--limits",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of limits: see docs/serving.md.",
)
@click.option(
    "--figures",
    type=click.IntRange(0, 65535),
    envvar="SPARSEFOOL_FIGURES",
    help=f"Port of {ADDRESS} for figures: / as text, /metrics for Prometheus; 0 for a free one.",
)
@click.argument("streamlit_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- STREAMLIT OPTIONS]")
def app(
    port: int | None,
    cluster: str | None,
    preset: str | None,
    file: Path | None,
    figures: int | None,
    streamlit_options: tuple[str, ...],
) -> None:
    """Open the app in the browser; Ctrl-C ends it.

    What follows -- goes to Streamlit: sparsefool app -- --server.headless true. Its settings are those that
    come with the app, in whatever folder the command is given.
    """
    if preset and file:
        raise click.UsageError(f'Give --{preset} or --limits; a file can say preset = "{preset}" itself.')
    if preset or file:
        os.environ[LIMITS] = preset or str(file)
    largest = min(LARGEST_UPLOAD, limits().megabytes_per_session)
    options = [f"--server.maxUploadSize={largest}", *([f"--server.port={port}"] if port else [])]
    if cluster:
        cluster_for_a_server(cluster)
        os.environ[CLUSTER] = cluster
    if figures is not None:
        click.echo(f"Figures: http://{ADDRESS}:{serve_figures(figures)}")
    for module in IMPORTED_AHEAD:
        importlib.import_module(module)
    gc.freeze()  # else full garbage collections go through all of them, and everybody waits half a second
    sys.argv = ["streamlit", "run", str(APP), *options, *streamlit_options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)

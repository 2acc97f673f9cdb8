"""``sparsefool app``: the app in the browser."""

import os
import runpy
import sys

import click

from sparsefool.backend.cluster.connection import VARIABLE, cluster_of_this_server
from sparsefool.paths import APP


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of the server.  [default: 8501, or the next free one]"
)
@click.option(
    "--cluster",
    envvar=VARIABLE,
    metavar="ADDRESS",
    help="Experiments run on the workers of this Dask scheduler, such as tcp://HOST:8786.  [default: here]",
)
@click.argument("streamlit_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- STREAMLIT OPTIONS]")
def app(port: int | None, cluster: str | None, streamlit_options: tuple[str, ...]) -> None:
    """Open the app in the browser; Ctrl-C ends it.

    What follows -- goes to Streamlit: sparsefool app -- --server.headless true. Its settings are those that
    come with the app, in whatever folder the command is given.
    """
    if cluster:
        os.environ[VARIABLE] = cluster
        cluster_of_this_server()
    options = streamlit_options if port is None else (f"--server.port={port}", *streamlit_options)
    sys.argv = ["streamlit", "run", str(APP), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)

"""``sparsefool app``: the app in the browser."""

import runpy
import sys

import click

from sparsefool.paths import APP


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of the server.  [default: 8501, or the next free one]"
)
@click.argument("streamlit_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- STREAMLIT OPTIONS]")
def app(port: int | None, streamlit_options: tuple[str, ...]) -> None:
    """Open the app in the browser; Ctrl-C ends it.

    What follows -- goes to Streamlit: sparsefool app -- --server.headless true. Its settings are those that
    come with the app, in whatever folder the command is given.
    """
    options = streamlit_options if port is None else (f"--server.port={port}", *streamlit_options)
    sys.argv = ["streamlit", "run", str(APP), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)

"""``sparsefool fetch``: weights from the internet, before they are needed."""

from functools import partial

import click

from sparsefool.cli.terminal import TerminalProgress, resumable
from sparsefool.errors import ModelError
from sparsefool.zoo.paper_weights import PAPER_NETWORKS, State, WeightsFile, fetch_weights, find_weights


@click.command()
@click.argument("what", type=click.Choice(["paper"]))
@click.option("--list", "only_list", is_flag=True, help="Say what is here and what is missing, no more.")
def fetch(what: str, only_list: bool) -> None:  # noqa: ARG001 - there is one thing so far
    """Download the weights of the paper's four ImageNet networks into torch's cache.

    What is there is checked and kept. A download that was cut off goes on where it was: give the same command
    again. TORCH_HOME names another folder for the cache.
    """
    failed = []
    with resumable(), TerminalProgress() as progress:
        for spec in PAPER_NETWORKS:
            progress.report(0, 0, f"Checking {spec.name}")
            found = find_weights(spec)
            if not only_list:
                try:
                    found = fetch_weights(found, partial(_draw, progress, spec.name))
                except ModelError as error:
                    failed.append(str(error))
                    found = find_weights(spec)
            progress.clear()
            click.echo(_line(found))
    if failed:
        raise ModelError(" ".join(failed))


def _draw(progress: TerminalProgress, name: str, done: int, total: int) -> None:
    of_all = f" of {_megabytes(total)}" if total else ""
    progress.report(done, total, f"{name}: {_megabytes(done)}{of_all} MB")


def _line(found: WeightsFile) -> str:
    spec, size = found.spec, _megabytes(found.size)
    states = {
        State.WHOLE: f"there and whole, {size} MB",
        State.DAMAGED: f"damaged, {size} MB: the next fetch replaces it",
        State.BEGUN: f"begun, {size} of about {spec.megabytes} MB",
        State.MISSING: f"missing, about {spec.megabytes} MB",
    }
    return f"{spec.name}: {states[found.state]} ({found.path})"


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.0f}"

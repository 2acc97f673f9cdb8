"""An experiment that a page runs: choosing networks and images, starting it, watching its rows grow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.backend.experiment_runs import OWN_RESULTS, check_images, work_off
from sparsefool.backend.progress import Progress
from sparsefool.experiments.experiment import Experiment
from sparsefool.store.tables import Table
from sparsefool.view.address import AddressCheck
from sparsefool.view.background import Background, session_work
from sparsefool.view.controls import model_title
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, find_spec

if TYPE_CHECKING:
    import pandas as pd

REDRAW = 1.5
"""Seconds between two looks at the rows of an experiment that runs."""


@dataclass(frozen=True)
class Wish:
    """An experiment and where it shall run."""

    experiment: Experiment
    device: str


def experiment_work(key: str) -> Background[Wish, Table]:
    """Return this session's experiments of one page."""
    work = session_work(key, _run, "Finished batches are kept: run again, and it goes on from there.")
    work.collect()
    return work


def _run(wish: Wish, progress: Progress) -> Table:
    return work_off(wish.experiment, OWN_RESULTS, wish.device, progress)


def choose_models(dataset: str, key: str, check: AddressCheck) -> Sequence[str]:
    """Draw the choice of networks of a data set; those that are here are chosen at first."""
    listed = [spec for spec in MODELS if spec.dataset == dataset]
    here = [spec.name for spec in listed if is_available(spec.name)]
    names = [*here, *(spec.name for spec in listed if spec.download and spec.name not in here)]
    missing = [spec.title for spec in listed if not spec.download and spec.name not in here]
    titles = {name: model_title(find_spec(name)) for name in names}
    chosen: Sequence[str] = st.multiselect(
        "Networks", names, default=here, format_func=titles.__getitem__, key=key, bind="query-params"
    )
    check.option(key, list(titles.values()), ", ".join(titles[name] for name in chosen) or "none")
    if missing:
        st.caption(f"Not trained yet: {', '.join(missing)}.")
    return chosen


def choose_count(default: int, key: str, check: AddressCheck) -> int:
    """Draw the choice of how many images."""
    count: int = st.number_input("Images", 1, 100_000, default, key=key, bind="query-params")
    check.number(key, 1, 100_000, count)
    return count


def check_wish(experiment: Experiment, images: int) -> None:
    """Demand that there are enough images for every network.

    Raises:
        DataError: there are not.
    """
    for model in experiment.models[:1]:
        check_images(model, images)


def offer_run(work: Background[Wish, Table], wish: Wish | None, done: bool) -> None:
    """Draw the button that runs an experiment."""
    st.button(
        "Measured" if done else "Run",
        type="secondary" if done else "primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        key=f"run_{work.key}",
        disabled=wish is None or work.running or done,
        help="This very experiment is stored on this machine already." if done else None,
        on_click=_start,
        args=(work, wish),
    )


def _start(work: Background[Wish, Table], wish: Wish) -> None:
    work.start(wish, wish.device)


def show_growing(work: Background[Wish, Table], draw: Callable[["pd.DataFrame"], None]) -> None:
    """Draw the rows of an experiment that runs, now and then."""
    st.fragment(_growing, run_every=REDRAW)(work, draw)


def _growing(work: Background[Any, Any], draw: Callable[["pd.DataFrame"], None]) -> None:
    rows: Any = work.job.status.payload if work.job else None
    if rows is not None and len(rows):
        draw(rows)
    else:
        st.caption("The first rows come with the first batch of images.")

"""An experiment that a page runs: choosing networks and images, starting it, watching its rows grow."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from sparsefool import paths
from sparsefool.backend.experiments import check_images, work_off
from sparsefool.backend.progress import Progress
from sparsefool.experiments.experiment import Experiment
from sparsefool.store.tables import Table
from sparsefool.view.shared.controls.network import model_title
from sparsefool.view.shared.query_parameters import AddressCheck
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, find_spec

PARTS_ARE_KEPT = "Finished batches are kept: run again, and it goes on from there."
"""What to say of an experiment that was cut off."""


@dataclass(frozen=True)
class ExperimentRequest:
    """An experiment and where it shall run."""

    experiment: Experiment
    device: str

    @property
    def subject(self) -> tuple[str, ...]:
        """What kind of experiment it is."""
        return (self.experiment.name,)


ExperimentRuns = Runs[ExperimentRequest, Table]


def experiment_runs(key: str) -> ExperimentRuns:
    """Return the experiments of one page in this session."""
    runs = session_runs(key, _run)
    runs.collect()
    return runs


def _run(request: ExperimentRequest, progress: Progress) -> Table:
    return work_off(request.experiment, paths.OWN_RESULTS, request.device, progress)


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


def offer_run(runs: ExperimentRuns, request: ExperimentRequest | None, done: bool) -> None:
    """Draw the button that runs an experiment."""
    st.button(
        "Measured" if done else "Run",
        type="secondary" if done else "primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        key="run",
        disabled=request is None or runs.running or done,
        help="This very experiment is stored on this machine already." if done else None,
        on_click=runs.start,
        args=(request,),
    )

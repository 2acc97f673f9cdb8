"""What the pages share that run experiments: the runs of the session, and how many images."""

from sparsefool.backend.experiments import ExperimentRequest, check_images, run_experiment
from sparsefool.experiments.experiment import Experiment
from sparsefool.store.tables import Table
from sparsefool.view.shared.query_parameters import number_input
from sparsefool.view.shared.runs import Runs, session_runs

PARTS_ARE_KEPT = "Finished batches are kept: run again, and it goes on from there."
"""What to say of an experiment that was cut off."""

ExperimentRuns = Runs[ExperimentRequest, Table]


def experiment_runs(key: str) -> ExperimentRuns:
    """Return the experiments of one page in this session."""
    runs = session_runs(key, run_experiment)
    runs.collect()
    return runs


def choose_count(default: int, key: str) -> int:
    """Draw the choice of how many images."""
    count: int = number_input("Images", 1, 100_000, default, key)
    return count


def check_request(experiment: Experiment, images: int) -> None:
    """Check that there are enough images for every network.

    Raises:
        DataError: there are not.
    """
    for model in experiment.models[:1]:
        check_images(model, images)

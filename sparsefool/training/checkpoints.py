"""Checkpoints of a training run, written so that a crash leaves the last complete one."""

import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from sparsefool.atomic_files import replacing
from sparsefool.errors import ModelError
from sparsefool.training.trainer import TrainingRun
from sparsefool.training.validation import EpochReport

FORMAT = 1
SECONDS_BETWEEN = 120.0
OnStep = Callable[[TrainingRun, EpochReport | None], None]


def train_to_end(
    run: TrainingRun, path: Path, on_step: OnStep | None = None, seconds_between: float = SECONDS_BETWEEN
) -> None:
    """Train until the schedule is finished, resuming from the checkpoint at ``path`` if there is one.

    The result is the same however often the training was interrupted.

    Args:
        run: a run that has not begun, or has been restored.
        path: the file of the checkpoint: read first, then replaced after every epoch and whenever
            ``seconds_between`` seconds have passed.
        on_step: called after every step, with the report of the epoch after its last one. What it raises ends
            the training; the checkpoint stays.

    Raises:
        ModelError: the checkpoint is damaged or of another recipe or seed, or the training diverges.
    """
    state = read_checkpoint(path)
    if state is not None:
        run.restore(state)
    written = time.monotonic()
    while not run.finished:
        report = run.step()
        if report is not None or time.monotonic() - written >= seconds_between:
            write_checkpoint(path, run.state())
            written = time.monotonic()
        if on_step is not None:
            on_step(run, report)


def checkpoint_path(runs: Path, name: str) -> Path:
    """Return the checkpoint of a network's run, such as ``runs/cifar10-resnet18/checkpoint.pt``."""
    return runs / name.replace("/", "-") / "checkpoint.pt"


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint at ``path`` atomically, creating its folder if needed."""
    with replacing(path, durable=True) as unfinished:
        torch.save({"format": FORMAT, **state}, unfinished)


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state that was written, on the CPU, or None if there is no checkpoint.

    Raises:
        ModelError: the file is damaged or from another version of this program.
    """
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"The checkpoint {path} is damaged ({type(error).__name__}). Delete it to start over."
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ModelError(f"The checkpoint {path} is not of format {FORMAT}. Delete it to start over.")
    return state

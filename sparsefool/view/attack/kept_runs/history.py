"""The runs of a session: which are kept, which one is shown, which one is pinned."""

import time
from dataclasses import dataclass, field, replace
from typing import cast

import streamlit as st

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.errors import ModelError
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.controls.region import RegionChoice
from sparsefool.view.shared.serving.uploads import room_left
from sparsefool.zoo.specs import find_spec

MOST_RUNS = 24
"""Runs kept in one session."""

MOST_BYTES = 64 * 2**20
"""Bytes that their trajectories may have in all, or fewer where the server gives a session less room; the run
shown and the pinned one stay whatever they have."""

DRAG_SECONDS = 1.2
"""Runs that follow each other faster and differ in λ and δ alone are one move of a slider: the last stays."""

_KEY = "run_history"


@dataclass(frozen=True, eq=False)
class KeptRun:
    """A run that can be shown again.

    Attributes:
        number: counts the runs of the session from 1.
        report: its result.
        image: its picture.
        region: the region that was chosen.
    """

    number: int
    report: AttackReport
    image: SelectedImage
    region: RegionChoice

    @property
    def bytes(self) -> int:
        """The bytes of its trajectory and its pictures."""
        steps = sum(step.image.nbytes + step.prediction.probabilities.nbytes for step in self.report.steps)
        return steps + self.report.adversarial.pixels.nbytes + self.report.request.picture.pixels.nbytes


@dataclass
class RunHistory:
    """The runs of a session, oldest first.

    Attributes:
        runs: those kept.
        shown: the one on the page; None before the first.
        before: the one on the page before that.
        pinned: the one that is kept beside the one shown.
    """

    runs: list[KeptRun] = field(default_factory=list)
    shown: KeptRun | None = None
    before: KeptRun | None = None
    pinned: KeptRun | None = None
    _count: int = 0
    _put_at: float = 0.0

    def note(self, report: AttackReport, image: SelectedImage, region: RegionChoice) -> None:
        """Note the result that the page shows; one that it has shown before keeps its place."""
        if self.shown is not None and self.shown.report is report:
            return
        known = self.find(report.request)
        if known is None or known.report is not report:
            known = self._put(KeptRun(known.number if known else self._next(), report, image, region))
        if self.shown is not None and self.shown.number != known.number:
            self.before = self.shown
        self.shown = known
        self._drop_old()

    def find(self, request: AttackRequest) -> KeptRun | None:
        """Return the run of a request; None if it is not kept."""
        return next((run for run in self.runs if run.report.request == request), None)

    def numbered(self, number: int) -> KeptRun | None:
        """Return the run with a number; None if it is not kept."""
        return next((run for run in self.runs if run.number == number), None)

    def toggle_pin(self, number: int) -> None:
        """Pin a run, in the place of the one that is pinned; unpin it if it is this one."""
        run = self.numbered(number)
        self.pinned = None if run is self.pinned else run

    def forget_networks_gone(self) -> None:
        """Forget the runs on networks of one's own that were replaced."""
        self.runs = [run for run in self.runs if _exists(run)]
        self.shown, self.before, self.pinned = (
            run if run in self.runs else None for run in (self.shown, self.before, self.pinned)
        )

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _put(self, run: KeptRun) -> KeptRun:
        """Keep a run, in the place of the one with its number, or of the last one of the same move."""
        for place, other in enumerate(self.runs):
            if other.number == run.number:
                self.runs[place] = run
                self.pinned = run if self.pinned is other else self.pinned
                return run
        last = self.shown
        if last is not None and self._one_move(last, run):
            self.runs.pop()
            self.shown = self.before  # the move began there
        self.runs.append(run)
        self._put_at = time.monotonic()
        return run

    def _one_move(self, last: KeptRun, run: KeptRun) -> bool:
        """Return whether a run continues the move of a slider that led to the last one."""
        old, new, began = last.report.request, run.report.request, self.before
        return (
            time.monotonic() - self._put_at < DRAG_SECONDS
            and last is self.runs[-1]
            and last is not self.pinned
            and began is not None
            and began.report.request.subject == new.subject
            and old == replace(new, lambda_=old.lambda_, delta=old.delta)
        )

    def _drop_old(self) -> None:
        most_bytes = min(MOST_BYTES, room_left())
        while len(self.runs) > MOST_RUNS or sum(run.bytes for run in self.runs) > most_bytes:
            old = next((run for run in self.runs if run not in (self.shown, self.pinned)), None)
            if old is None:
                return
            self.runs.remove(old)
            self.before = None if self.before is old else self.before


def run_history() -> RunHistory:
    """Return the runs of this session, without those of a network that there is no more."""
    history = cast("RunHistory", st.session_state.setdefault(_KEY, RunHistory()))
    history.forget_networks_gone()
    return history


def _exists(run: KeptRun) -> bool:
    try:
        find_spec(run.report.request.model)
    except ModelError:
        return False
    return True

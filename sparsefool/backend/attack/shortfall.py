"""Why an attack is stuck: what the planes of its iterations promised, and what the network kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from sparsefool.backend.attack.report import AttackReport, Step
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.formats import percent
from sparsefool.types import Outcome


@dataclass(frozen=True)
class Shortfall:
    """The iterations of a run that did not fool the network; margins are in logits.

    Attributes:
        request: what was run.
        iterations: how many there were, at least 1.
        promised: the median of the margins that their planes promised.
        first, last: the margin of the original and of the image tested last.
        kept: the fall of the margin over the run, in shares of all the falls that the planes promised;
            negative where it rose.
        confined: whether the planes of the later half promised a margin above 0 (their median): the δ range
            or the region keeps the LinearSolver short of the boundary itself, whatever λ is.
    """

    request: AttackRequest
    iterations: int
    promised: float
    first: float
    last: float
    kept: float
    confined: bool

    @property
    def sentence(self) -> str:
        """The finding in one or two sentences, for a person."""
        path = f"the margin went from {logits(self.first)} to {logits(self.last)}"
        if self.confined:
            region = self.request.region
            limits = f"δ = {self.request.delta:g}"
            limits += f" and the region's {region.pixels:,} pixels leave" if region else " leaves"
            return (
                f"{limits} too little room to reach the boundary, so a larger λ does not help: even the "
                f"planes promised a margin of {logits(self.promised)} logits ({self._count}), and {path}."
            )
        why = (
            "it bends away in the direction of few pixels"
            if self.kept < 0.5
            else "it follows the planes, but the iterations ended too soon"
        )
        return (
            f"At λ = {self.request.lambda_:g} the planes promised a margin of {logits(self.promised)} logits "
            f"({self._count}). The network kept {_share(self.kept)} of the promised fall, and {path}: {why}."
        )

    @property
    def _count(self) -> str:
        return "1 iteration" if self.iterations == 1 else f"median of {self.iterations} iterations"


def shortfall_of(report: AttackReport) -> Shortfall | None:
    """Return why a finished attack is stuck; None where it fooled, has no planes, or met a dead end."""
    stuck = report.outcome in (Outcome.ITERATIONS_EXHAUSTED, Outcome.BOX_EXHAUSTED)
    return find_shortfall(report.request, report.steps) if stuck and not report.success else None


def find_shortfall(request: AttackRequest, steps: Sequence[Step]) -> Shortfall | None:
    """Return why a run is stuck, from its steps so far; None before the first one and without planes.

    Args:
        request: what was run.
        steps: the original first.
    """
    promised = [step.promised for step in steps[1:] if step.promised is not None]
    margins = [step.margin for step in steps]
    if not promised or len(promised) < len(steps) - 1 or not all(map(isfinite, (*promised, *margins))):
        return None
    falls = sum(before - after for before, after in zip(margins, promised, strict=False))
    return Shortfall(
        request=request,
        iterations=len(promised),
        promised=median(promised),
        first=margins[0],
        last=margins[-1],
        kept=(margins[0] - margins[-1]) / falls if falls > 0 else 0.0,
        confined=median(promised[len(promised) // 2 :]) > 0,
    )


def logits(value: float) -> str:
    """Return a margin as text, with a real minus sign, and more digits the smaller it is, never "−0.00"."""
    size = abs(value)
    text = f"{size:.1f}" if size >= 1 else f"{size:.2f}" if size >= 0.01 else f"{max(size, 0.001):.3f}"
    return ("−" if value < 0 else "") + (text if size else "0.00")


def _share(kept: float) -> str:
    if kept <= 0:
        return "none"
    return "less than 1 %" if kept < 0.01 else percent(kept)

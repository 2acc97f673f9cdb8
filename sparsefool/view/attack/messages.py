"""What the page says about an outcome in plain words: what happened and what to do."""

from dataclasses import dataclass
from typing import Literal

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.shortfall import shortfall_of
from sparsefool.backend.attack.stored_attack import StoredAttack
from sparsefool.types import Outcome
from sparsefool.view.attack.finding import few_in_words

_ELSEWHERE = "Try another picture or network."

Kind = Literal["info", "warning"]


@dataclass(frozen=True)
class Message:
    """A box with a title and a text."""

    kind: Kind
    title: str
    text: str


def notes(report: AttackReport) -> list[Message]:
    """Return the messages that a result needs beside its headline."""
    messages = []
    if report.success and not report.success_8bit:
        messages.append(
            Message(
                "warning",
                "Fooled before rounding, not as a picture",
                "The attack computes with fractions of intensity levels. Rounding to the whole levels of a "
                f"picture file undid it, so the picture does not fool the network. {advice(report)}",
            )
        )
    if not report.success:
        messages.append(Message("warning", "Not fooled", f"{report.reason} {advice(report)}"))
    return messages


def agreement(report: AttackReport, stored: StoredAttack) -> str:
    """Return in one sentence whether a fresh result is the stored one of the same attack."""
    where = f"Experiments attacked this picture in the same way, {stored.batch} at once and in every detail"
    if stored.same:
        return f"{where}: the stored picture is the same, value for value."
    there = f"{stored.pixels_8bit:,} pixels"
    if report.request.counts_features:
        there = f"{stored.features_8bit:,} values"
    there += "" if stored.success_8bit else ", not fooled"
    return (
        f"{where}: the stored picture changes {there}, this one {few_in_words(report)}. Live attacks skip "
        "gradients that hardly matter, and rounding may tip nearly equal decisions."
    )


def advice(report: AttackReport) -> str:
    """Return which controls to move so that the network may be fooled."""
    request = report.request
    if report.outcome in (Outcome.GRADIENT_VANISHED, Outcome.NOT_FINITE):
        return _ELSEWHERE
    shortfall = shortfall_of(report)
    confined = shortfall is not None and shortfall.confined
    ways = [f"raise λ (now {request.lambda_:g})"] if request.has_lambda and not confined else []
    if request.delta < 255:
        ways.append(f"raise δ (now {request.delta:g})")
    if report.outcome is Outcome.BOX_EXHAUSTED:
        ways.reverse()
    elif not confined:
        ways.append(f"allow more iterations (now {request.max_iter}, under Advanced)")
    if request.region is not None:
        ways.append(f"let more pixels change than the {request.region.pixels:,} in the region")
    if request.target is not None:
        ways.append("choose another target, or any other class")
    return f"What may help: {'; '.join(ways)}." if ways else _ELSEWHERE

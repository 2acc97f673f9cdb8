"""What the page says about an outcome in plain words: what happened and what to do."""

from dataclasses import dataclass
from typing import Literal

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.shortfall import shortfall_of
from sparsefool.backend.attack.stored_attack import StoredAttack
from sparsefool.types import Outcome
from sparsefool.view.shared.controls.picture import SelectedImage

_ELSEWHERE = "Try another picture or network."

Kind = Literal["info", "warning"]


@dataclass(frozen=True)
class Message:
    """A box with a title and a text."""

    kind: Kind
    title: str
    text: str


def headline(report: AttackReport) -> str:
    """Return the finding in one line."""
    size = size_in_words(report)
    if report.success_8bit:
        return f"{report.before.name} → {report.after_8bit.name}, {size}"
    if report.after_8bit.label != report.before.label:
        return f"{report.before.name} → {report.after_8bit.name}, not the target, {size}"
    return f"{report.before.name} stays {report.before.name}, {size} changed"


def size_in_words(report: AttackReport) -> str:
    """Return how many pixels the 8-bit picture changes, or, where features were to be few, how many of these.

    As in ``"6 of 1,024 pixels"`` and ``"7 of 3,072 features in 6 pixels"``.
    """
    change, values = report.change_8bit, report.request.picture.pixels
    height, width = values.shape[:2]
    if not report.request.counts_features:
        return f"{change.pixels:,} of {height * width:,} pixels"
    return f"{change.features:,} of {values.size:,} features in {counted(change.pixels, 'pixel')}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or plural."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def notes(report: AttackReport, image: SelectedImage) -> list[Message]:
    """Return the messages that a result needs beside its numbers."""
    messages = []
    if image.truth is not None and image.truth != report.before.label:
        messages.append(
            Message(
                "info",
                "The network is already wrong",
                f"It calls this picture {report.before.name} (truth: {image.truth_name}); the attack starts "
                f"from {report.before.name}.",
            )
        )
    if report.success and not report.success_8bit:
        messages.append(
            Message(
                "warning",
                "Fooled in float32, not as an 8-bit picture",
                "Rounding to whole intensity levels undid the attack, so the 8-bit picture does not fool the "
                f"network. {advice(report)}",
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
    change, few = report.change_8bit, (stored.pixels_8bit, "pixels")
    if report.request.counts_features:
        few = stored.features_8bit, "features"
    there = f"{few[0]:,} {few[1]}" + ("" if stored.success_8bit else ", not fooled")
    return (
        f"{where}: the stored picture has {there}, this one {getattr(change, few[1]):,}. Live attacks skip "
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

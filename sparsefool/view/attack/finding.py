"""The finding of the Attack page in one or two sentences, and what they are made of."""

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.formats import counted
from sparsefool.view.shared.controls.attack import COUNT_TITLES
from sparsefool.view.shared.wording import this_one, with_article
from sparsefool.zoo.specs import find_spec


def headline(report: AttackReport, truth: str = "") -> str:
    """Return the finding in one or two sentences.

    Args:
        report: the result.
        truth: the name of the true class, where it is known.
    """
    change, target = report.change_8bit, report.request.target
    before, after = with_article(report.before.name), with_article(report.after_8bit.name)
    wrong = bool(truth) and truth != report.before.name
    saw = f"took {this_one(truth)} for {before}" if wrong else f"saw {before}"
    moved = report.after_8bit.label != report.before.label
    if not change.pixels:
        return f"The network {saw}, and the attack found no pixel to change."
    if not moved:
        return f"The network {saw}. With {size_in_words(report)} changed, it still sees {before}."
    these = "this" if _few(report) == 1 else "these"
    sees = f"it sees {after}"
    if target is not None and not report.success_8bit:
        sees += f", but not {with_article(report.class_names[target])} as asked"
    elif target is not None:
        sees += ", as asked"
    elif wrong and report.after_8bit.name == truth:
        sees += ", which is right"
    return f"The network {saw}. Change {these} {size_in_words(report)} and {sees}."


def searching(request: AttackRequest) -> str:
    """Return what stands in the place of the finding while an attack runs."""
    if request.target is None:
        return "Searching for the few pixels that change what the network sees…"
    target = find_spec(request.model).class_names[request.target]
    return f"Searching for the few pixels that make the network see {with_article(target)}…"


def size_in_words(report: AttackReport) -> str:
    """Return how many pixels the picture changes in, or, where values were to be few, how many of these.

    As in ``"6 of 1,024 pixels"`` and ``"7 of 3,072 values, in 6 pixels,"``.
    """
    change, values = report.change_8bit, report.request.picture.pixels
    height, width = values.shape[:2]
    if not report.request.counts_features:
        return f"{change.pixels:,} of {height * width:,} pixels"
    return f"{change.features:,} of {values.size:,} values, in {counted(change.pixels, 'pixel')},"


def few_in_words(report: AttackReport) -> str:
    """Return the number that the attack was to keep small, as in ``"13 pixels"`` or ``"7 values"``."""
    return counted(_few(report), COUNT_TITLES[report.request.count].lower().removesuffix("s"))


def setting_in_words(request: AttackRequest) -> str:
    """Return what the sliders and the method were, as in ``"λ = 3 · δ = 255"``."""
    first = f"λ = {request.lambda_:g}" if request.has_lambda else request.spec.method_title
    if request.counts_features:
        first += ", few values"
    aim = "" if request.target is None else " · targeted"
    region = "" if request.region is None else " · in a region"
    return f"{first} · δ = {request.delta:g}{aim}{region}"


def move_in_words(before: AttackReport, after: AttackReport) -> str:
    """Return what a moved control did to the number of pixels, as in ``"13 → 45 pixels (λ 1 → 3)"``.

    Empty where the two are about different pictures or networks, or nothing was moved.
    """
    old, new = before.request, after.request
    if old.subject != new.subject or old == new:
        return ""
    moves = []
    if old.attack != new.attack:
        moves.append(f"{old.spec.method_title} → {new.spec.method_title}")
    elif old.lambda_ != new.lambda_:
        moves.append(f"λ {old.lambda_:g} → {new.lambda_:g}")
    if old.delta != new.delta:
        moves.append(f"δ {old.delta:g} → {new.delta:g}")
    cause = f" ({', '.join(moves)})" if moves else ""
    return f"{before.change_8bit.pixels:,} → {counted(after.change_8bit.pixels, 'pixel')}{cause}"


def _few(report: AttackReport) -> int:
    change = report.change_8bit
    return change.features if report.request.counts_features else change.pixels

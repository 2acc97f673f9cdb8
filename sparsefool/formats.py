"""Numbers as text, the same way wherever they are told: shares, intervals, p-values, counts, times."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

NOTHING = "–"
"""Stands for a number that is not known."""

SMALLEST_P = 0.001
"""A p-value below it is only said to be so."""

Form = str | Callable[[float], str]
"""How a number is written: a format such as ``".1f"``, or a function."""


@runtime_checkable
class Estimated(Protocol):
    """A number with its interval, as :class:`sparsefool.analysis.statistics.Estimate`; NaN: not known."""

    @property
    def value(self) -> float:
        """The number."""

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of its interval."""


def written(value: float, form: Form, nothing: str = NOTHING) -> str:
    """Return a number as text; ``nothing`` where it is NaN."""
    if math.isnan(value):
        return nothing
    return f"{value:{form}}" if isinstance(form, str) else form(value)


def interval(estimate: Estimated, form: Form, around: str = "{}") -> str:
    """Return an interval as text, as in ``1.41 to 2.05``; nothing where there is none.

    Args:
        estimate: the number and its interval.
        form: of both ends.
        around: what stands around the ends, which take the place of ``{}``.
    """
    low, high = estimate.interval
    if math.isnan(low):
        return ""
    return around.format(f"{written(low, form)} to {written(high, form)}")


def with_interval(
    estimate: Estimated, form: Form, unit: str = "", *, nothing: str = NOTHING, mark: str = ""
) -> str:
    """Return a number and its interval as text, as in ``1.73 % (1.41 to 2.05)``.

    Args:
        estimate: the number and its interval, which is left out where it is not known.
        form: of all three numbers.
        unit: stands behind the number.
        nothing: stands for a number that is not known.
        mark: stands before the number and after its unit, as ``**`` does in Markdown.
    """
    if math.isnan(estimate.value):
        return nothing
    return f"{mark}{written(estimate.value, form)}{unit}{mark}{interval(estimate, form, ' ({})')}"


def significant(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, zeros too, no exponent, and thousands separated."""
    if value == 0 or not math.isfinite(value):
        return f"{value:,.0f}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def compact(value: float) -> str:
    """Return a number with at most three significant digits; from 100 on whole, with thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def decimal(value: float, digits: int = 2) -> str:
    """Return a number with so many decimals and a real minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 0) -> str:
    """Return a difference with its sign and so many decimals, as in ``+4``; what is rounded to 0 has none."""
    text = f"{value:+.{digits}f}"
    return text.replace("-", "−") if float(text) else text[1:]


def percent(share: float, digits: int = 0) -> str:
    """Return a share, of which 1 is all, in percent, as in ``12 %``."""
    return f"{100 * share:.{digits}f} %"


def percents(low: float, high: float, digits: int = 0) -> str:
    """Return a range of shares, as in ``6 to 8 %``."""
    return f"{100 * low:.{digits}f} to {percent(high, digits)}"


def spread(values: Iterable[float], form: Form = ",") -> str:
    """Return the least and the greatest of some numbers, as in ``900 to 1,000``; one if they look alike."""
    known = list(values)
    low, high = written(min(known), form), written(max(known), form)
    return low if low == high else f"{low} to {high}"


def p_value(p: float) -> str:
    """Return a p-value with its name: ``p = 0.03``, ``p < 0.001``, or ``p unknown`` where it is NaN."""
    return f"p {'' if math.isnan(p) or p < SMALLEST_P else '= '}{p_number(p)}"


def p_number(p: float) -> str:
    """Return a p-value without its name, for a column of such: ``0.03``, ``< 0.001`` or ``unknown``."""
    if math.isnan(p):
        return "unknown"
    return f"< {SMALLEST_P:g}" if p < SMALLEST_P else f"{p:.2g}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which gets an ``s`` in the plural, as in ``1,024 pixels``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Return one word or more as an enumeration: ``a, b and c``."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def short_time(seconds: float) -> str:
    """Return the time of an attack, as in ``0.42 s`` or ``13 s``."""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it: ``90 s``, ``5 min`` or ``2.5 h``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"

"""The numbers and sentences of a comparison: estimates with their intervals, devices, and the finding."""

import math
from collections.abc import Mapping

from sparsefool.analysis.statistics import Estimate

NOTHING = "–"


def in_percent(rate: Estimate) -> str:
    """Return a rate in [0, 1] and its interval as text, in percent."""
    low, high = rate.times(100).interval
    return f"**{100 * rate.value:.1f} %** ({low:.1f} to {high:.1f})"


def with_interval(estimate: Estimate, unit: str = "") -> str:
    """Return a number as text, with its interval if it has one; a dash if there is no number."""
    if math.isnan(estimate.value):
        return NOTHING
    low, high = estimate.interval
    interval = "" if math.isnan(low) else f" ({short(low)} to {short(high)})"
    return f"**{short(estimate.value)}{' ' if unit else ''}{unit}**{interval}"


def short(value: float) -> str:
    """Return a number as text: three significant digits, thousands separated, no exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


MARKS: Mapping[int, str] = dict(enumerate("¹²³⁴⁵⁶⁷⁸⁹", start=1))
"""Signs that refer from a row to its device, where there are several."""

"""The logarithmic axes of a comparison's chart: their ends, and the round numbers on them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_STEPS = (
    (3.2, (1.0,)),
    (2.2, (1.0, 3.0)),
    (0.8, (1.0, 2.0, 5.0)),
    (0.0, (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)),
)
"""Which multiples of the powers of ten are on an axis that is longer than so many powers."""


@dataclass(frozen=True)
class LogAxis:
    """A logarithmic axis.

    Attributes:
        low, high: the decimal logarithms of its ends.
    """

    low: float
    high: float

    @classmethod
    def around(cls, values: Iterable[float]) -> "LogAxis":
        """Return the axis on which values lie, with room for marks and labels; 0 and NaN do not count."""
        known = [math.log10(value) for value in values if value > 0]
        low, high = min(known), max(known)
        room = max(0.12, 0.1 * (high - low))
        return cls(low - room, high + room)

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 at the lower end to 1 at the upper."""
        return (math.log10(value) - self.low) / (self.high - self.low)

    def options(self) -> dict[str, Any]:
        """Return the axis as plotly takes it, with as many round numbers on it as are read with ease."""
        steps = next(steps for powers, steps in _STEPS if self.high - self.low > powers)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        values = [step * 10.0**power for power in powers for step in steps]
        values = [value for value in values if self.low <= math.log10(value) <= self.high]
        return {
            "type": "log",
            "range": [self.low, self.high],
            "tickvals": values,
            "ticktext": [f"{value:,.10g}" for value in values],
            "zeroline": False,
            "minor_showgrid": False,
        }

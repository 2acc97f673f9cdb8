"""The summary of a comparison as files for other programs: numbers as numbers, and a table for LaTeX."""

import math
from collections.abc import Mapping

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary
from sparsefool.zoo.specs import find_spec

Summaries = Mapping[tuple[str, str], Summary]
"""By network and attack."""


def summary_csv(summaries: Summaries) -> bytes:
    """Return one line per network and attack, every estimate with the ends of its 95 % interval, as CSV.

    Units stand in the names of the columns; what is not known is empty.
    """
    import pandas as pd

    lines = [
        {
            "model": model,
            "attack": attack,
            "n": summary.n,
            "fooled": summary.fooled,
            "fooled_8bit": summary.fooled_8bit,
            **_ends("fooling_rate_percent", summary.fooling_rate.times(100)),
            **_ends("pixels_median", summary.pixels),
            **_ends("pixels_median_percent", summary.percent),
            **_ends("features_median", summary.features),
            **_ends("iterations_mean", summary.iterations),
            **_ends("forwards_mean", summary.forwards),
            **_ends("backwards_mean", summary.backwards),
            **_ends("seconds_per_image_mean", summary.seconds),
            "device": summary.device,
        }
        for (model, attack), summary in summaries.items()
    ]
    return bytes(pd.DataFrame(lines).to_csv(index=False).encode())


def summary_latex(summaries: Summaries) -> bytes:
    r"""Return the summary as a LaTeX table, which needs ``\usepackage{booktabs}``."""
    import pandas as pd

    lines = [
        {
            "Network": find_spec(model).title,
            "Attack": attack,
            "n": summary.n,
            "Fooled (%)": _with_interval(summary.fooling_rate.times(100), ".1f"),
            "Pixels, median": _with_interval(summary.pixels, "g"),
            "Pixels, median (%)": _with_interval(summary.percent, ".2f"),
            "Features, median": _with_interval(summary.features, "g"),
            "Forwards": f"{summary.forwards.value:,.0f}",
            "Backwards": f"{summary.backwards.value:,.0f}",
            "Seconds": f"{summary.seconds.value:.3g}",
        }
        for (model, attack), summary in summaries.items()
    ]
    shown = pd.DataFrame(lines).style.format(escape="latex").format_index(escape="latex", axis=1)
    caption = r"95\,\% intervals in brackets; medians over the fooled images, means over all n."
    table = shown.hide(axis="index")
    latex: str = table.to_latex(hrules=True, column_format="llrllllrrr", caption=caption)
    return latex.encode()


def _ends(name: str, estimate: Estimate) -> dict[str, float]:
    low, high = estimate.interval
    return {name: estimate.value, f"{name}_low": low, f"{name}_high": high}


def _with_interval(estimate: Estimate, form: str) -> str:
    low, high = estimate.interval
    interval = f" ({low:{form}} to {high:{form}})" if not math.isnan(low) else ""
    return "--" if math.isnan(estimate.value) else f"{estimate.value:{form}}{interval}"

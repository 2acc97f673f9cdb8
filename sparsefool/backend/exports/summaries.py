"""The summary of a comparison as files for other programs: numbers as numbers, and a table for LaTeX."""

from sparsefool.analysis.findings.tables import estimate_columns
from sparsefool.analysis.summaries import Summaries
from sparsefool.backend.exports.tables import UNKNOWN, csv_table, latex_table
from sparsefool.formats import with_interval
from sparsefool.zoo.specs import find_spec


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
            **estimate_columns("fooling_rate_percent", summary.fooling_rate.times(100)),
            **estimate_columns("pixels_median", summary.pixels),
            **estimate_columns("pixels_median_percent", summary.percent),
            **estimate_columns("features_median", summary.features),
            **estimate_columns("iterations_mean", summary.iterations),
            **estimate_columns("forwards_mean", summary.forwards),
            **estimate_columns("backwards_mean", summary.backwards),
            **estimate_columns("seconds_per_image_mean", summary.seconds),
            "device": summary.device,
        }
        for (model, attack), summary in summaries.items()
    ]
    return csv_table(pd.DataFrame(lines))


def summary_latex(summaries: Summaries) -> bytes:
    """Return the summary as a LaTeX table."""
    lines = [
        {
            "Network": find_spec(model).title,
            "Attack": attack,
            "n": summary.n,
            "Fooled (%)": with_interval(summary.fooling_rate.times(100), ".1f", nothing=UNKNOWN),
            "Pixels, median": with_interval(summary.pixels, "g", nothing=UNKNOWN),
            "Pixels, median (%)": with_interval(summary.percent, ".2f", nothing=UNKNOWN),
            "Features, median": with_interval(summary.features, "g", nothing=UNKNOWN),
            "Forwards": f"{summary.forwards.value:,.0f}",
            "Backwards": f"{summary.backwards.value:,.0f}",
            "Seconds": f"{summary.seconds.value:.3g}",
        }
        for (model, attack), summary in summaries.items()
    ]
    caption = r"95\,\% intervals in brackets; medians over the fooled images, means over all n."
    return latex_table(lines, "llrllllrrr", caption)

"""The result of a comparison: where it comes from, the table and the chart."""

from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.store.tables import Table
from sparsefool.view.comparison_charts import summary_figure
from sparsefool.view.comparison_table import show_summary_table

if TYPE_CHECKING:
    import pandas as pd

BUSY = 1.25
"""Load per core from which seconds say as much about other programs: one at work on each core is 1."""


def show_results(table: Table) -> None:
    """Draw the origin, the table and the chart."""
    show_origin(table)
    show_rows(table.rows, "summary_chart")
    choose_chart_format()


def show_origin(table: Table) -> None:
    """Say when and on what a table was measured, and whether its seconds can be trusted."""
    note = table.provenance
    first, last = str(note.get("first_date", ""))[:10], str(note.get("date", ""))[:10]
    days = last if first == last else f"{first} to {last}"
    st.caption(
        f"Measured {days} on {'; '.join(note.get('devices', ['?']))} · {len(table.rows):,} rows · "
        f"{_duration(float(note.get('seconds', 0)))} of computing"
    )
    with st.expander("Provenance: weights, parameters, versions", icon=":material/fingerprint:"):
        st.json(dict(note), expanded=1)
    load = note.get("load_per_core")
    if load is not None and load > BUSY:
        st.caption(
            f":material/speed: Other programs were at work on this machine meanwhile (up to {load:g} "
            "for each core): the seconds are too long, and unequally so. Pixels, rates and passes do not "
            "depend on it."
        )


def show_rows(rows: "pd.DataFrame", key: str) -> None:
    """Draw the table and the chart of all attacks with their intervals."""
    show_summary_table(rows)
    st.plotly_chart(
        summary_figure(rows),
        key=key,
        config=chart_config("comparison"),
        alt="Fooling rate, median of the pixels, mean seconds and mean forwards of each attack, with 95 % "
        "intervals; the table above has the numbers.",
    )
    st.caption("Bars are 95 % intervals. Seconds and forwards have logarithmic axes.")


def choose_chart_format() -> None:
    """Draw the choice of what a chart's camera saves."""
    st.segmented_control(
        "The chart's camera saves",
        ("PNG", "SVG"),
        default="PNG",
        required=True,
        key="chart_format",
        bind="query-params",
    )


def chart_config(name: str) -> dict[str, object]:
    """Return plotly's options: the camera saves the format that was chosen, in twice the size."""
    kind = str(st.session_state.get("chart_format", "PNG")).lower()
    saved = {"format": kind, "filename": name, "scale": 2 if kind == "png" else 1}
    return {"displaylogo": False, "scrollZoom": True, "toImageButtonOptions": saved}


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"

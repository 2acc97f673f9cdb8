"""The result of a comparison: the table, the chart, and how to measure it again."""

from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.view.address import AddressCheck
from sparsefool.view.chart_saving import chart_config, choose_chart_format
from sparsefool.view.comparison_charts import summary_figure
from sparsefool.view.comparison_table import show_summary_table
from sparsefool.view.comparison_words import command_for
from sparsefool.view.results import Stored, show_exports, show_origin

if TYPE_CHECKING:
    import pandas as pd


def show_summary(stored: Stored, check: AddressCheck) -> None:
    """Draw the origin, the table and the chart."""
    show_origin(stored)
    show_rows(stored.table.rows, "summary_chart")
    choose_chart_format(check)


def show_rows(rows: "pd.DataFrame", key: str) -> None:
    """Draw the table and the chart of all attacks with their intervals."""
    show_summary_table(rows)
    st.plotly_chart(
        summary_figure(rows),
        key=key,
        config=chart_config("comparison", zoom=True),
        alt="Fooling rate, median of the pixels, mean seconds and mean forwards of each attack, with 95 % "
        "intervals; the table above has the numbers.",
    )
    st.caption("Bars are 95 % intervals. Seconds and forwards have logarithmic axes.")


def show_files(stored: Stored) -> None:
    """Draw the downloads and how to measure it again."""
    show_exports(stored)
    st.markdown("**From the command line**")
    st.code(command_for(stored.table), language="bash", wrap_lines=True)
    st.markdown("**Everything that the rows depend on**")
    st.json(dict(stored.table.provenance), expanded=1)

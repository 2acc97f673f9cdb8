"""The result of a transfer: the matrix, the switches, and the images behind the cell that was clicked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.analysis.transfer_rates import TransferRate, transfer_matrix
from sparsefool.view.shared.charts import chart_config
from sparsefool.view.shared.query_parameters import choose_one
from sparsefool.view.transfer.images import show_cell
from sparsefool.view.transfer.matrix_chart import ALL, CORRECT, matrix_figure
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def choose_measure() -> tuple[str, bool]:
    """Draw the choice of what is counted: over which images, and whether they are rounded to 8 bits."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        over = choose_one("Over", (ALL, CORRECT), "count")
        rounded = st.toggle("8-bit images", key="rounded", bind="query-params")
    return over, rounded


def show_matrix(rows: "pd.DataFrame", over: str, rounded: bool, key: str) -> None:
    """Draw the matrix, remarks on it, and the images of the cell that was clicked."""
    cells = transfer_matrix(rows, rounded)
    event: Any = st.plotly_chart(
        matrix_figure(cells, over),
        key=key,
        on_select="rerun",
        selection_mode="points",
        config=chart_config("transfer"),
        alt="Fooling rates: rows are source networks, columns target networks. "
        + " ".join(f"{cell.source} to {cell.target}: {cell.rate.value:.1%}." for cell in cells),
    )
    for line in _remarks(cells):
        st.markdown(f"- {line}")
    points = event["selection"]["points"] if event else []
    if not points:
        st.caption("Click a cell to see its images. Intervals are Wilson's, 95 %.")
        return
    source, target = points[0]["customdata"]
    show_cell(rows, str(source), str(target), rounded, over == CORRECT)


def _remarks(cells: Sequence[TransferRate]) -> list[str]:
    """Return sentences on cells in which no image was fooled, and on the diagonal."""
    remarks = []
    for cell in cells:
        source, target = find_spec(cell.source).title, find_spec(cell.target).title
        if not cell.fooled:
            remarks.append(f"None of the {cell.n:,} images made for {source} fools {target}.")
        elif cell.source == cell.target and cell.fooled < cell.n:
            remaining = cell.n - cell.fooled
            remarks.append(f"{remaining:,} of the {cell.n:,} images do not fool {source} itself.")
    return remarks

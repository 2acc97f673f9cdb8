"""The result of a transfer: the matrix, what images become, and the images behind the clicked cell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.analysis.paper.figures import SAMPLES, TABLE_3
from sparsefool.analysis.transfer_rates import TransferRate, taken_classes, transfer_matrix
from sparsefool.data.picture_sets import PictureSet
from sparsefool.formats import percents, spread
from sparsefool.view.shared.charts import show_chart, text_size
from sparsefool.view.shared.glossary import entries
from sparsefool.view.shared.palette import text_color
from sparsefool.view.shared.widgets import choose_one
from sparsefool.view.shared.wording import answered, glued
from sparsefool.view.transfer.images import show_cell
from sparsefool.view.transfer.matrix_chart import cell_lines, matrix_figure
from sparsefool.view.transfer.taken_classes import show_taken_classes
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

ALL, CORRECT = "All images", "Both correct"


def choose_correct() -> bool:
    """Draw the choice of the images that count; return whether both networks must classify them correctly."""
    return choose_one("Images that count", (ALL, CORRECT), "count") == CORRECT


def show_matrix(rows: "pd.DataFrame", correct: bool, key: str, chosen: PictureSet | None = None) -> None:
    """Draw the matrix with the finding, the images of the clicked cell, and what transferred images become.

    Args:
        rows: of a transfer.
        correct: whether to count only the images that source and target both classify correctly.
        key: of the matrix.
        chosen: the pictures that the rows are about, if not the test images.
    """
    cells = transfer_matrix(rows, correct)
    st.subheader(glued(matrix_finding(cells)), anchor=False)
    event: Any = show_chart(
        matrix_figure(cells, text_size(13), text_color()),
        key=key,
        on_select="rerun",
        selection_mode="points",
        name="transfer",
        alt="Fooling rates: rows are source networks, columns target networks. "
        + " ".join(f"{cell.source} to {cell.target}: {', '.join(cell_lines(cell))}." for cell in cells),
    )
    st.caption(
        "Rows: the network that the pictures were made for. Columns: the network that they were tried on. "
        "Darker is more often. Click a cell to see its images."
    )
    points = event["selection"]["points"] if event else []
    if points:
        source, target = points[0]["customdata"]
        show_cell(rows, str(source), str(target), correct, chosen)
    _show_counting(cells)
    _show_table_3(cells)
    show_taken_classes(taken_classes(rows, correct))


def _show_counting(cells: Sequence[TransferRate]) -> None:
    """Draw, on demand, which images count and how the rates are compared with noise."""
    with st.expander("How this is counted", icon=":material/info:"):
        counting = [
            entries("transfer", "fooling_rate"),
            "Below each rate is its 95 % interval (Wilson's) and how many images it is of.",
            "Only images count that fooled the network they were made for as an 8-bit picture; the diagonal "
            f"has how many did. {entries('8_bit')}",
            "Noise: as many values of each colour channel, changed in random places of the same images.",
            "More or less than noise: exact McNemar test on the same images with Holm's correction over all "
            "cells, at 5 %.",
        ]
        st.markdown("\n".join(f"- {line}" for line in [*uncounted(cells), *counting]))


def matrix_finding(cells: Sequence[TransferRate]) -> str:
    """Return whether perturbations transfer more often than noise fools."""
    others = [cell for cell in cells if cell.source != cell.target and cell.fooled.n]
    if not others:
        return "No perturbation has been tried on another network yet."
    rates = [cell.fooled.estimate.value for cell in others]
    verdicts = [cell.beyond_noise for cell in others]
    return (
        f"The perturbations fool another network on {percents(min(rates), max(rates), 1)} of the images "
        f"that fool their own (n = {spread(cell.fooled.n for cell in others)}). Is that more often than "
        f"noise of the same size? {answered(verdicts)}."
    )


def uncounted(cells: Sequence[TransferRate]) -> list[str]:
    """Return a sentence for each source on the images that do not count, because they did not fool it."""
    sentences = []
    for cell in cells:
        missing = cell.attacked - cell.fooled.n
        if cell.source == cell.target and missing:
            reasons = [f"{missing - cell.lost:,} did not fool it"] if missing > cell.lost else []
            reasons += [f"{cell.lost:,} fooled it until rounded to 8 bits"] if cell.lost else []
            sentences.append(
                f"{find_spec(cell.source).title}: {missing:,} of the {cell.attacked:,} images attacked do "
                f"not count: {' and '.join(reasons)}."
            )
    return sentences


def _show_table_3(cells: Sequence[TransferRate]) -> None:
    """Draw the paper's table beside a transfer on the same data set."""
    if find_spec(cells[0].source).dataset not in {find_spec(model).dataset for model, _ in TABLE_3}:
        return
    with st.expander("The paper's Table 3", icon=":material/menu_book:"):
        st.dataframe(_table_3(), alt="The paper's fooling rates in percent: sources down, targets across.")
        st.caption(
            f"Fooling rates in percent over {SAMPLES:,} ImageNet samples; rows are sources, columns targets. "
            "The cells above have the paper's rate where the same two networks were measured."
        )


def _table_3() -> "pd.DataFrame":
    import pandas as pd

    table = pd.Series(TABLE_3).unstack(sort=False)
    titles = {model: find_spec(model).title for model, _ in TABLE_3}
    return table.rename(index=titles, columns=titles)

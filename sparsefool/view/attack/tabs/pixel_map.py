"""Where the picture changed: the picture, as large as there is room, and a table of all changed values."""

import pandas as pd
import streamlit as st

from sparsefool.backend.attack.report import AttackReport
from sparsefool.view.attack.tabs.pixel_chart import changed_table
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.pictures import Change, mark_changes, show_picture
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.widgets import choose_one

LAYERS = ("Adversarial", "Original", "Changed pixels")

_COLUMNS = {
    "row": st.column_config.NumberColumn(width=42),
    "column": st.column_config.NumberColumn(width=62),
    "channel": st.column_config.TextColumn(width=62, help=explain("value")),
    "before": st.column_config.NumberColumn(width=58, help=explain("level")),
    "after": st.column_config.NumberColumn(width=50, help=explain("level")),
    "change": st.column_config.NumberColumn(width=62, format="%+d"),
}


def show_pixel_map(report: AttackReport) -> None:
    """Draw the picture and the table; choosing another layer redraws nothing else."""
    fragment(_picture_and_table)(report)


def _picture_and_table(report: AttackReport) -> None:
    left, right = st.columns(2, gap="small")
    with left:
        layer = choose_one("Layer", LAYERS, "layer", label_visibility="collapsed")
        before, after = report.request.picture, report.adversarial
        layers = dict(zip(LAYERS, (after, before, mark_changes(before, after)), strict=True))
        change = None if layer == LAYERS[1] else Change(before, after)
        with saved_figure("pixels", switches=True):
            show_picture(layers[layer], f"The {layer.lower()} picture, enlarged.", change)
        st.caption(
            "Point at the picture to see its pixels enlarged, with their values; arrow keys do the same."
        )
    with right:
        _table(report)


def _table(report: AttackReport) -> None:
    table = pd.DataFrame(changed_table(report))
    st.markdown(f"**{len(table):,} changed values** in {report.change_8bit.pixels:,} pixels")
    st.dataframe(
        table,
        height=600,
        hide_index=True,
        column_config=_COLUMNS,
        alt="Row, column, channel, value before and after of every changed value.",
    )
    st.caption("Rows and columns count from 0 at the top left; values are levels of 0 to 255.")

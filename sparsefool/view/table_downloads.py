"""Taking a table of results away, with its provenance."""

import streamlit as st

from sparsefool.backend.table_exports import provenance_json, table_csv, table_parquet
from sparsefool.store.tables import Table


def show_table_downloads(table: Table, name: str, command: str) -> None:
    """Draw the downloads of a table and its provenance.

    Args:
        table: to be taken away.
        name: of the files, without an ending.
        command: that measures it again.
    """
    with st.container(horizontal=True, gap="small"):
        _download("Rows", table_csv(table), f"{name}.csv", "text/csv")
        _download("Rows with provenance", table_parquet(table), f"{name}.parquet", "application/octet-stream")
        _download("Provenance", provenance_json(table), f"{name}.json", "application/json")
    st.caption(
        f"{len(table.rows):,} rows, one for each image and attack. changed_at counts values in the order "
        "channel, row, column; changed_to are their new levels of 0 to 255: with the test image they "
        "make the adversarial image."
    )
    st.markdown("**From the command line**")
    st.code(command, language="bash", wrap_lines=True)
    st.markdown("**Everything that the rows depend on**")
    st.json(dict(table.provenance), expanded=1)


def _download(label: str, data: bytes, file_name: str, mime: str) -> None:
    st.download_button(
        f"{label} (.{file_name.rsplit('.', 1)[1]})",
        data,
        file_name,
        mime,
        icon=":material/download:",
        on_click="ignore",
    )

"""The buttons with which files are taken away."""

from collections.abc import Callable

import streamlit as st


def offer_download(label: str, data: bytes | Callable[[], bytes], file_name: str, mime: str) -> None:
    """Draw the download of a file.

    Args:
        label: what it is; the file's ending is added.
        data: its content, or what makes it when it is asked for.
        file_name: with its ending, unique on the page.
        mime: its type.
    """
    st.download_button(
        f"{label} (.{file_name.rsplit('.', 1)[1]})",
        data,
        file_name,
        mime,
        icon=":material/download:",
        on_click="ignore",
        key=f"get_{file_name}",
    )


def offer_report(make: Callable[[], str], file_name: str) -> None:
    """Draw the download of a page's findings as one HTML file, which is made when it is asked for."""
    st.download_button(
        "Report (.html)",
        lambda: make().encode(),
        file_name,
        "text/html",
        icon=":material/article:",
        on_click="ignore",
        help="One file with these findings, to be opened anywhere: no network is needed.",
    )

"""Download buttons, and the findings of a page as one HTML file."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.offline import get_plotlyjs

_STYLE = """
:root{color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1b2430}
pre{background:#f3f5f8;padding:1rem;overflow:auto;border-radius:4px}
table{border-collapse:collapse}td,th{padding:.25rem .75rem;border-bottom:1px solid #d5dae1;text-align:left}
"""


def offer_download(label: str, data: bytes | Callable[[], bytes], file_name: str, mime: str) -> None:
    """Draw the button that downloads a file.

    Args:
        label: what the file is; its extension is added.
        data: the content, or a function that makes it on demand.
        file_name: with its extension, unique on the page.
        mime: the MIME type.
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


def offer_table(name: str, csv: Callable[[], bytes], latex: Callable[[], bytes]) -> None:
    """Draw the buttons that download a table as CSV and as LaTeX, made on demand.

    Args:
        name: of the files, without an extension.
        csv, latex: make them.
    """
    offer_download("Table", csv, f"{name}.csv", "text/csv")
    offer_download("Table", latex, f"{name}.tex", "application/x-tex")


def offer_report(make: Callable[[], str], file_name: str) -> None:
    """Draw the button that downloads a page's findings as one HTML file, made on demand."""
    st.download_button(
        "Report (.html)",
        lambda: make().encode(),
        file_name,
        "text/html",
        icon=":material/article:",
        on_click="ignore",
        help="One file with these findings. It opens without a network connection.",
    )


def report_page(title: str, parts: Sequence[str]) -> str:
    """Return a complete HTML file: a title and ``parts``, which are HTML themselves."""
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f"<body><main><h1>{escape(title)}</h1><p>SparseFool Explorer, {date}</p>"
        f"{''.join(parts)}</main></body></html>"
    )


def report_chart(title: str, figure: go.Figure) -> str:
    """Return a chart under a heading; it needs the script that :func:`report_page` puts into the head."""
    shown = go.Figure(figure).update_layout(template="plotly_white")
    html = shown.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False})
    return f"<h2>{escape(title)}</h2>{html}"


def report_code(title: str, text: str) -> str:
    """Return a preformatted text that unfolds when its title is clicked."""
    return (
        f"<details><summary><strong>{escape(title)}</strong></summary>"
        f'<pre tabindex="0">{escape(text)}</pre></details>'
    )


def report_json(content: Any) -> str:
    """Return content as indented JSON."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)

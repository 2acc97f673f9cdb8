"""Tables as files for other programs: as CSV, and for LaTeX."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "--"
"""Stands in LaTeX for a number that is not known: an en dash."""


def csv_table(rows: "pd.DataFrame") -> bytes:
    """Return a table as CSV; what is not known is empty."""
    return bytes(rows.to_csv(index=False).encode())


def latex_table(lines: Sequence[Mapping[str, object]], column_format: str, caption: str) -> bytes:
    r"""Return a table for LaTeX, which needs ``\usepackage{booktabs}``.

    Args:
        lines: its rows, by the headings of the columns; what means something to LaTeX is escaped.
        column_format: a letter for each column, such as ``lrr``.
        caption: in LaTeX.
    """
    import pandas as pd

    shown = pd.DataFrame(lines).style.format(escape="latex").format_index(escape="latex", axis=1)
    table: str = shown.hide(axis="index").to_latex(hrules=True, column_format=column_format, caption=caption)
    return table.encode()

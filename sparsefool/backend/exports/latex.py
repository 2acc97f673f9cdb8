r"""Tables for LaTeX, which need ``\usepackage{booktabs}``."""

from collections.abc import Mapping, Sequence

UNKNOWN = "--"
"""Stands for a number that is not known: an en dash."""


def latex_table(lines: Sequence[Mapping[str, object]], column_format: str, caption: str) -> bytes:
    """Return a table for LaTeX.

    Args:
        lines: its rows, by the headings of the columns; what means something to LaTeX is escaped.
        column_format: a letter for each column, such as ``lrr``.
        caption: in LaTeX.
    """
    import pandas as pd

    shown = pd.DataFrame(lines).style.format(escape="latex").format_index(escape="latex", axis=1)
    table: str = shown.hide(axis="index").to_latex(hrules=True, column_format=column_format, caption=caption)
    return table.encode()

"""A legend under a chart, in the page's own type."""

from html import escape


def legend_html(*entries: tuple[str, str]) -> str:
    """Return coloured marks with what they stand for."""
    items = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:1.4rem;height:.25rem;'
        f'border-radius:2px;vertical-align:middle;background:{colour}"></span> {escape(text)}</span>'
        for colour, text in entries
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.82rem">{items}</div>'

"""Buttons that save pictures on the page with their text as one PNG or SVG; charts have a camera icon."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from sparsefool.view.components.frontend import define, source
from sparsefool.view.components.picture import SWITCHES_HTML, SWITCHES_JS
from sparsefool.view.shared.charts import file_name

SAVING_JS = source(__file__, "picture_saving.js")
"""``bindSaving``, for components that contain the buttons themselves."""

SAVING_HTML = """<div class="saving">Save this figure
<button type="button" value="png">PNG</button><button type="button" value="svg">SVG</button></div>
"""
SAVING_CSS = """
.saving {
  display: flex; gap: 0.4rem; align-items: center;
  font: 0.85rem/1.4 var(--st-font); color: var(--st-text-color);
}
.saving button {
  font: inherit; color: inherit; background: none; cursor: pointer; padding: 0.1rem 0.5rem;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
.saving button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.figure { display: flex; flex-wrap: wrap; gap: 0.4rem 1.4rem; justify-content: space-between; }
.switches {
  display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; align-items: center;
  font: 0.85rem/1.4 var(--st-font); color: var(--st-text-color);
}
.switches[hidden] { display: none; }
.switches label { display: inline-flex; gap: 0.4rem; align-items: center; cursor: pointer; }
.switches label:has(:disabled) { opacity: 0.55; cursor: default; }
.switches input { accent-color: var(--st-primary-color); margin: 0; width: 1rem; height: 1rem; }
.switches input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.saving button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""
_BIND = """
export default function ({ parentElement, data }) {
  const part = () => document.querySelector(`.st-key-${data.key}`)
  bindSaving(parentElement.querySelectorAll("button"), part, data.name)
  parentElement.querySelector(".switches").hidden = !data.switches
  if (data.switches) return bindPictureSwitches(parentElement, part)
}
"""
_COMPONENT = define(
    __file__,
    html=f'<div class="figure">{SWITCHES_HTML}{SAVING_HTML}</div>',
    css=SAVING_CSS,
    js=SAVING_JS + SWITCHES_JS + _BIND,
)


@contextmanager
def saved_figure(key: str, switches: bool = False) -> Iterator[None]:
    """Draw the body of the ``with`` block and, below it, the buttons that save it as one picture.

    Args:
        key: of the container, unique on the page; it names the files.
        switches: whether it shows changed pixels: the switches for marks and zoom then stand there too.
    """
    with st.container(key=key):
        yield
    _COMPONENT(key=f"save_{key}", data={"key": key, "name": file_name(key), "switches": switches})

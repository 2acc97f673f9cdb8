"""The app, but its pages ask so rarely how a run is doing that nobody would wait for it.

``python -m tests.browser.rare_updates`` takes the arguments of Streamlit.
"""

import runpy

from sparsefool.view.shared import status

RARELY = 3600.0
"""Seconds between two questions."""

if __name__ == "__main__":
    status.POLL = RARELY
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)

"""Whether anybody still looks at a page: a run that nobody will see is not worth a place in the queue."""

import time
from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

GRACE = 3.0
"""Seconds that a browser may be gone before its page counts as closed: connections do break."""


def session_alive() -> Callable[[], bool]:
    """Return a function, for use in any thread, that says whether this session's page is still open."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, session = runtime.get_instance(), context.session_id
    last_seen = time.monotonic()

    def is_open() -> bool:
        nonlocal last_seen
        if server.is_active_session(session):
            last_seen = time.monotonic()
        return time.monotonic() - last_seen < GRACE

    return is_open

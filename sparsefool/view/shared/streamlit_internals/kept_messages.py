"""The messages that a session's browser keeps, beyond what Streamlit documents."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner import RerunException, get_script_run_ctx

_THREAD = threading.local()


@contextmanager
def in_step_with_browser() -> Iterator[None]:
    """Run a page so that it never refers to a message that the browser has dropped.

    With each request, the browser lists the large messages that it keeps, so that they need not be sent
    again; whenever a run ends, it drops the oldest. What is listed in a request that had to wait for the end
    of a run may be gone, but Streamlit (1.67) relies on it, and the page of somebody who presses Back twice
    in haste freezes. Such a run sends everything. It can be told by its thread, which has run a page to its
    end before: each request that need not wait gets a new one.
    """
    context = get_script_run_ctx()
    if context is not None and getattr(_THREAD, "has_ended_a_run", False):
        context.cached_message_hashes = frozenset()
    interrupted = False
    try:
        yield
    except RerunException:
        interrupted = True
        raise
    finally:
        if not interrupted:
            _THREAD.has_ended_a_run = True

"""The messages that a session's browser keeps, beyond what Streamlit documents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import RerunException, get_script_run_ctx

_KEY = "messages_of_the_last_run"


@contextmanager
def in_step_with_browser() -> Iterator[None]:
    """Run a page so that it never refers to a message that the browser has dropped.

    With each request, the browser lists the large messages that it keeps, so that they need not be sent
    again; at the end of a run, it drops those that no run has used for a while. What it listed before it
    heard of such an end may be gone, but Streamlit (1.67) relies on it, and the page of somebody who presses
    Back twice in haste freezes. Only what the last run to come to its end has used is kept for certain; all
    else is sent again.
    """
    context = get_script_run_ctx()
    if context is None:
        yield
        return
    certain: set[str] = st.session_state.setdefault(_KEY, set())
    context.cached_message_hashes &= certain
    used, send = set[str](), context._enqueue
    context._enqueue = partial(_send_and_note, send, used)
    interrupted = False
    try:
        yield
    except RerunException:
        interrupted = True
        raise
    finally:
        context._enqueue = send
        if not interrupted:
            certain.clear()
            certain.update(used)


def _send_and_note(send: Callable[[ForwardMsg], None], used: set[str], message: ForwardMsg) -> None:
    used.add(message.ref_hash or message.hash)
    send(message)

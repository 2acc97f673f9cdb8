"""The sessions of a server, beyond what Streamlit documents: whether they last, and their reruns."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from streamlit import runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

GRACE = 3.0
"""Seconds a browser may be disconnected before its page counts as closed: connections do drop."""

ABSENCE = 100.0
"""Seconds a browser may be disconnected before its session is ended by :func:`session_ender`.

After two minutes Streamlit lets it come back no more, but keeps all that the session has, its uploads too,
until the next visitor leaves.
"""


def session_id() -> str:
    """Return what identifies this session; empty where there is none."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def serves_sessions() -> bool:
    """Return whether this process is a server."""
    return runtime.exists()


def is_session_open(session: str) -> bool:
    """Return whether the browser of a session is connected; may be called from any thread of a server."""
    return runtime.exists() and bool(runtime.get_instance().is_active_session(session))


def session_alive() -> Callable[[], bool]:
    """Return a function, callable from any thread, that returns whether this session's page is still open."""
    return _seen_within(GRACE)


def session_ender() -> Callable[[], bool]:
    """Return a function, callable from any thread but the server's, that ends this session if it is over.

    It is once its browser has been gone for :data:`ABSENCE`; whether it is, the function returns. It has to
    be called every few seconds. What the session holds is then garbage, to be collected.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: False
    server, session, is_open = runtime.get_instance(), context.session_id, _seen_within(ABSENCE)
    loop = server._get_async_objs().eventloop

    def end() -> bool:
        if is_open():
            return False
        ended = threading.Event()

        def close() -> None:
            if not server.is_active_session(session):
                server.close_session(session)
            ended.set()

        loop.call_soon_threadsafe(close)
        ended.wait(GRACE)
        return not server.is_active_session(session)

    return end


def fragment_rerunner(seconds: float) -> Callable[[], None]:
    """Return a function, callable from any thread, that has the fragment that is being drawn rerun soon.

    It tells the browser to ask for the fragment every so many seconds (``run_every``) from now on, unless the
    page no longer has it. The browser asks, because only it knows its address and what it has kept.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: None
    server, session, fragment = runtime.get_instance(), context.session_id, ThreadState.get().fragment_id
    loop = server._get_async_objs().eventloop

    def tell() -> None:
        info = server._session_mgr.get_active_session_info(session)
        if info is None or fragment is None or not info.session.has_fragment(fragment):
            return
        message = ForwardMsg()
        message.auto_rerun.interval, message.auto_rerun.fragment_id = seconds, fragment
        info.session._enqueue_forward_msg(message)

    def tell_soon() -> None:
        with suppress(RuntimeError):  # the server is ending
            loop.call_soon_threadsafe(tell)

    return tell_soon


def _seen_within(seconds: float) -> Callable[[], bool]:
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, session = runtime.get_instance(), context.session_id
    last_seen = time.monotonic()

    def is_open() -> bool:
        nonlocal last_seen
        if server.is_active_session(session):
            last_seen = time.monotonic()
        return time.monotonic() - last_seen < seconds

    return is_open

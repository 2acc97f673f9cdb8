"""What Streamlit does not document and one folder uses all the same: these fail when it changes."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from streamlit import runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.runtime import AsyncObjects, Runtime
from streamlit.runtime.scriptrunner import RerunData, ScriptRunContext, get_script_run_ctx
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.runtime.state.query_params import QueryParams
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from sparsefool import paths
from sparsefool.view.shared.streamlit_internals.address import (
    announce_page,
    came_by_history,
    complete_address,
    current_page,
    require_router,
    restore_address,
    write_address,
)
from sparsefool.view.shared.streamlit_internals.sessions import ABSENCE, session_alive, session_ender
from sparsefool.view.shared.streamlit_internals.uploads import forget_upload


def test_the_switch_that_takes_the_folder_of_pages_for_an_app_is_still_there(monkeypatch):
    assert isinstance(PagesManager.uses_pages_directory, bool | None)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    monkeypatch.setattr("streamlit.rerun", lambda: None)
    require_router()
    assert PagesManager.uses_pages_directory is False


def test_the_address_can_still_be_read_and_written():
    assert hasattr(SafeSessionState, "query_params")
    for name in (
        "get_binding_for_param",
        "unbind_widget",
        "set_with_no_forward_msg",
        "discard_param_no_forward_msg",
        "stored_param_matches_corrected_value",
        "set_corrected_value",
        "populate_from_query_string",
        "set_initial_query_params_from_current",
        "_send_query_param_msg",
    ):
        assert callable(getattr(QueryParams, name))
    assert "_bindings_by_widget" in QueryParams.__dataclass_fields__
    assert callable(SessionState.get_widget_metadata)
    assert SafeSessionState(SessionState(), lambda: None)._state is not None
    assert hasattr(ForwardMsg().page_info_changed, "query_string")
    fields = ScriptRunContext.__dataclass_fields__
    assert {"is_history_navigation", "query_string", "main_script_path", "context_info"} <= set(fields)
    assert {"query_string", "page_script_hash"} <= set(RerunData.__dataclass_fields__)
    assert callable(PagesManager.get_pages)


def test_outside_a_server_there_is_no_address():
    announce_page()
    restore_address()
    write_address({"lambda": "3"})
    complete_address({"lambda": "3"})
    assert (current_page(), came_by_history()) == ("", False)


def test_a_session_can_still_be_asked_whether_it_is_open():
    assert callable(Runtime.is_active_session)
    assert callable(runtime.get_instance)
    assert get_script_run_ctx() is None
    assert session_alive()(), "outside a server there is nobody who could leave"


def test_a_page_counts_as_closed_only_after_a_while(monkeypatch):
    module = "sparsefool.view.shared.streamlit_internals.sessions"
    open_now, clock = [True], [0.0]

    class Server:
        def is_active_session(self, session):
            assert session == "this one"
            return open_now[0]

    class Context:
        session_id = "this one"

    monkeypatch.setattr(f"{module}.get_script_run_ctx", Context)
    monkeypatch.setattr(f"{module}.runtime.exists", lambda: True)
    monkeypatch.setattr(f"{module}.runtime.get_instance", Server)
    monkeypatch.setattr(f"{module}.time.monotonic", lambda: clock[0])
    alive = session_alive()
    assert alive()
    open_now[0], clock[0] = False, 2.0
    assert alive(), "connections do break"
    clock[0] = 4.0
    assert not alive()


def test_an_upload_can_still_be_forgotten(monkeypatch):
    uploads = MemoryUploadedFileManager("/upload")
    for name in ("first", "second"):
        uploads.add_file("this one", UploadedFileRec(name, "mine.pt", "", b"weights"))
    context = SimpleNamespace(session_id="this one", uploaded_file_mgr=uploads)
    monkeypatch.setattr(
        "sparsefool.view.shared.streamlit_internals.uploads.get_script_run_ctx", lambda: context
    )
    forget_upload("first")
    forget_upload("unknown")
    assert [each.file_id for each in uploads.get_files("this one", ["first", "second"])] == ["second"]
    assert "uploaded_file_mgr" in ScriptRunContext.__dataclass_fields__


LARGE_TEXTS = """
import streamlit as st
from sparsefool.view.shared.streamlit_internals.kept_messages import in_step_with_browser

with in_step_with_browser():
    for letter in st.query_params["letters"]:
        st.text(letter * 100_000)
    if "again" in st.query_params:
        st.query_params.clear()
        st.query_params["letters"] = "b"
        st.rerun()
"""


@pytest.mark.parametrize("address", ["letters=b", "letters=a&again=1"])
def test_what_the_last_run_to_end_has_not_used_is_sent_again(address, tmp_path, monkeypatch):
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    script = tmp_path / "script.py"
    script.write_text(LARGE_TEXTS)
    state = SafeSessionState(SessionState(), lambda: None)

    def run(address, kept):
        runner = LocalScriptRunner(str(script), state, PagesManager(str(script)))
        runner.request_rerun(RerunData(address, cached_message_hashes=kept))
        runner.start()
        runner.join()
        return runner.forward_msgs()

    def texts(messages):
        large = (each for each in messages if each.metadata.cacheable)
        return {each.hash: each.delta.new_element.text.body[0] for each in large}

    kept = texts(run("letters=ab", frozenset()))
    assert sorted(kept.values()) == ["a", "b"]
    run(address, frozenset(kept))
    messages = run("letters=ab", frozenset(kept))
    referred = {kept[each.ref_hash] for each in messages if each.ref_hash}
    assert (set(texts(messages).values()), referred) == ({"a"}, {"b"})


def test_a_session_can_still_be_ended():
    for name in ("close_session", "_get_async_objs"):
        assert callable(getattr(Runtime, name))
    assert "eventloop" in AsyncObjects._fields
    assert not session_ender()(), "outside a server there is no session"


def test_a_session_is_ended_only_after_a_while_and_in_the_servers_thread(monkeypatch):
    module = "sparsefool.view.shared.streamlit_internals.sessions"
    open_now, clock, closed = [True], [0.0], []

    class Loop:
        def call_soon_threadsafe(self, call):
            call()

    class Server:
        def is_active_session(self, session):
            assert session == "this one"
            return open_now[0]

        def close_session(self, session):
            closed.append(session)

        def _get_async_objs(self):
            return SimpleNamespace(eventloop=Loop())

    monkeypatch.setattr(f"{module}.get_script_run_ctx", lambda: SimpleNamespace(session_id="this one"))
    monkeypatch.setattr(f"{module}.runtime.exists", lambda: True)
    monkeypatch.setattr(f"{module}.runtime.get_instance", Server)
    monkeypatch.setattr(f"{module}.time.monotonic", lambda: clock[0])
    end = session_ender()
    open_now[0], clock[0] = False, ABSENCE - 1
    assert (end(), closed) == (False, []), "a browser may come back"
    open_now[0] = True
    assert (end(), closed) == (False, [])
    open_now[0], clock[0] = False, 2 * ABSENCE
    assert (end(), closed) == (True, ["this one"])


def test_no_other_module_uses_streamlits_private_parts():
    private = r"streamlit\.runtime|streamlit import runtime|scriptrunner"
    files = subprocess.run(
        ["grep", "-rlE", private, "--include=*.py", str(paths.PACKAGE)], capture_output=True, text=True
    ).stdout.split()
    assert {Path(file).parent.name for file in files} == {"streamlit_internals"}

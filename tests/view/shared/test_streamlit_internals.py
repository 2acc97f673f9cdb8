"""What Streamlit does not document and one module uses all the same: these fail when it changes."""

import subprocess
from pathlib import Path

from streamlit import runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SafeSessionState
from streamlit.runtime.state.query_params import QueryParams

from sparsefool import paths
from sparsefool.view.shared.streamlit_internals import require_router, session_alive, unbind_query_parameters


def test_the_switch_that_takes_the_folder_of_pages_for_an_app_is_still_there(monkeypatch):
    assert isinstance(PagesManager.uses_pages_directory, bool | None)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    monkeypatch.setattr("streamlit.rerun", lambda: None)
    require_router()
    assert PagesManager.uses_pages_directory is False


def test_a_query_parameter_can_still_be_parted_from_its_widget():
    assert hasattr(SafeSessionState, "query_params")
    for name in ("get_binding_for_param", "unbind_widget"):
        assert callable(getattr(QueryParams, name))
    unbind_query_parameters()  # without a page there is nothing to part


def test_a_session_can_still_be_asked_whether_it_is_open():
    assert callable(Runtime.is_active_session)
    assert callable(runtime.get_instance)
    assert get_script_run_ctx() is None
    assert session_alive()(), "outside a server there is nobody who could leave"


def test_a_page_counts_as_closed_only_after_a_while(monkeypatch):
    module = "sparsefool.view.shared.streamlit_internals"
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


def test_no_other_module_uses_streamlits_private_parts():
    private = r"streamlit\.runtime|streamlit import runtime|scriptrunner"
    files = subprocess.run(
        ["grep", "-rlE", private, "--include=*.py", str(paths.PACKAGE)], capture_output=True, text=True
    ).stdout.split()
    assert [Path(file).name for file in files] == ["streamlit_internals.py"]

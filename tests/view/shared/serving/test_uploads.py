import inspect

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFileRec

from sparsefool.errors import LimitError
from sparsefool.view.shared.serving import uploads
from sparsefool.view.shared.serving.uploads import Uploads
from sparsefool.view.shared.streamlit_internals.uploads import MOST_REFUSED, limit_uploads

MB = 1_000_000


@pytest.fixture
def clock(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(uploads.time, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def manager(monkeypatch):
    """Streamlit's own store of uploads, with checks of its own."""
    plain = inspect.unwrap(MemoryUploadedFileManager.add_file)
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", plain)
    limit_uploads(Uploads().refuse)
    return MemoryUploadedFileManager("/upload")


def record(name, size):
    return UploadedFileRec(name, f"{name}.png", "image/png", bytes(size))


def test_a_session_uploads_as_often_as_allowed_in_a_minute(clock, set_limits):
    set_limits(uploads_per_minute=2)
    gate = Uploads()
    assert [gate.refuse("a", file, 1, {}) for file in "123"] == [False, False, True]
    assert gate.reason("3") == (
        "This server takes 2 files a minute from a page. Choose the file again in 60 s."
    )
    assert not gate.refuse("b", "4", 1, {}), "another session has a minute of its own"
    assert not gate.refuse("a", "2", 1, {}), "the same file again is no new one"
    clock[0] = 61.0
    assert not gate.refuse("a", "5", 1, {})


def test_what_a_session_holds_is_bounded_in_bytes(set_limits):
    set_limits(megabytes_per_session=3)
    gate = Uploads()
    kept = {"a": {"1": 2 * MB}}
    assert not gate.refuse("a", "2", MB, kept)
    assert gate.refuse("a", "3", MB + 1, kept)
    assert gate.reason("3") == (
        "The file has 1.0 MB. This server keeps at most 3.0 MB for a page, and earlier uploads take 2.0 MB. "
        "Choose a smaller file, or reload the page, which forgets the earlier ones."
    )
    assert not gate.refuse("a", "1", 3 * MB, kept), "a file in place of itself"
    assert not gate.refuse("b", "4", 3 * MB, kept), "another session has its own room"


def test_a_network_in_use_counts_though_its_file_was_deleted(set_limits):
    set_limits(megabytes_per_session=3)
    gate = Uploads()
    gate.use("a", "weights", 2 * MB)
    assert gate.held("a", {"weights": 2 * MB, "1": 5}) == 2 * MB + 5, "it counts once"
    assert gate.held("a", {}) == 2 * MB
    assert gate.refuse("a", "2", 2 * MB, {})
    assert not gate.refuse("a", "weights", 3 * MB, {})
    gate.forget("a")
    assert not gate.refuse("a", "2", 2 * MB, {})


def test_all_sessions_together_are_bounded(set_limits):
    set_limits(megabytes_per_session=1, sessions=2)
    gate = Uploads()
    kept = {"gone": {"1": MB}, "a": {"2": MB}}
    assert gate.refuse("b", "3", 1, kept)
    assert "of all pages" in gate.reason("3")


def test_who_has_no_place_uploads_nothing(monkeypatch):
    monkeypatch.setattr(uploads, "has_place", lambda session: session == "in")
    gate = Uploads()
    assert not gate.refuse("in", "1", 1, {})
    assert gate.refuse("out", "2", 1, {})
    assert "The server is full" in gate.reason("2")


def test_streamlit_keeps_nothing_of_a_refused_file_but_its_name(manager, set_limits):
    set_limits(megabytes_per_session=1, uploads_per_minute=1000)
    manager.add_file("a", record("small", MB // 2))
    for number in range(MOST_REFUSED + 5):
        manager.add_file("a", record(f"large {number}", MB))
    kept = {name: len(each.data) for name, each in manager.file_storage["a"].items()}
    assert kept == {"small": MB // 2} | {f"large {number}": 0 for number in range(5, MOST_REFUSED + 5)}
    assert manager.get_files("a", ["large 5"])[0].name == "large 5.png"
    manager.add_file("a", record("small too", MB // 4))
    assert len(manager.get_files("a", ["small too"])[0].data) == MB // 4


def test_a_file_that_streamlit_keeps_no_more_is_said():
    with pytest.raises(LimitError, match="not there any more"):
        uploads.uploaded_bytes(DeletedFile("1"))

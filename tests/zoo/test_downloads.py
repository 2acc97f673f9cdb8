import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparsefool.errors import Cancelled, ModelError
from sparsefool.zoo import downloads
from sparsefool.zoo.downloads import ATTEMPTS, fetch, partial_path
from tests.zoo.web_server import Server, serving

CONTENT = bytes(range(256)) * 12_000
HASH = hashlib.sha256(CONTENT).hexdigest()
THIRD = len(CONTENT) // 3 + 1


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PAUSE_SECONDS", 0)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(CONTENT) as found:
        yield found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "weights.pth"


def left(path: Path) -> list[str]:
    """The files in the folder, hidden ones too: nothing that kept other processes waiting is left."""
    return [each.name for each in path.parent.iterdir()]


def test_the_file_arrives_and_progress_is_told(server: Server, path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetch(f"{server.url}/file", path, HASH[:8], lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert 2 <= len(seen) <= 4
    assert seen == sorted(seen)
    assert os.listdir(path.parent) == ["weights.pth"]


@pytest.mark.parametrize("fault", ["truncated", "busy"])
def test_a_connection_that_breaks_is_made_anew_where_it_was(server: Server, path: Path, fault: str) -> None:
    server.fault = fault
    fetch(server.url, path, HASH)
    assert path.read_bytes() == CONTENT
    assert list(dict.fromkeys(server.starts)) == [0, THIRD, 2 * THIRD]
    assert left(path) == ["weights.pth"]


def test_a_connection_that_stalls_is_given_up_and_made_anew(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "STALLED_SECONDS", 0.5)
    server.fault = "stalled"
    fetch(server.url, path, HASH)
    assert path.read_bytes() == CONTENT
    assert server.starts == [0, THIRD, 2 * THIRD]


def test_what_has_arrived_is_kept_for_the_next_call(server: Server, path: Path) -> None:
    partial_path(path).parent.mkdir(parents=True)
    partial_path(path).write_bytes(CONTENT[:1000])
    seen: list[int] = []
    fetch(server.url, path, HASH, lambda done, _: seen.append(done))
    assert path.read_bytes() == CONTENT
    assert server.starts == [1000]
    assert seen[-1] == len(CONTENT)
    assert left(path) == ["weights.pth"]


@pytest.mark.parametrize("fault", ["whole", "shifted"])
def test_a_server_that_sends_another_part_than_was_asked_for_costs_time_and_no_byte(
    server: Server, path: Path, fault: str
) -> None:
    server.fault = fault
    partial_path(path).parent.mkdir(parents=True)
    partial_path(path).write_bytes(CONTENT[:1000])
    fetch(server.url, path)
    assert path.read_bytes() == CONTENT
    assert server.starts == ([1000] if fault == "whole" else [1000, 0])


@pytest.mark.parametrize(
    "there", [CONTENT, CONTENT + b"more", b"x" * 1000], ids=["whole", "longer", "another"]
)
def test_a_part_that_is_whole_too_long_or_of_another_file_ends_well(
    server: Server, path: Path, there: bytes
) -> None:
    partial_path(path).parent.mkdir(parents=True)
    partial_path(path).write_bytes(there)
    fetch(server.url, path, HASH[:8])
    assert path.read_bytes() == CONTENT
    assert left(path) == ["weights.pth"]
    assert server.starts == [len(there), *([] if there == CONTENT else [0])]


@pytest.mark.parametrize(
    ("fault", "hash_prefix", "reason", "kept"),
    [
        ("missing", "", "404", []),
        ("whole and truncated", "", f"{THIRD} of 3072000", ["weights.pth.part"]),
        ("", "00000000", "must begin with 00000000", []),
    ],
)
def test_a_failure_says_why_and_leaves_no_file_that_looks_whole(
    server: Server, path: Path, fault: str, hash_prefix: str, reason: str, kept: list[str]
) -> None:
    server.fault = fault
    with pytest.raises(ModelError, match="could not be downloaded") as caught:
        fetch(server.url, path, hash_prefix)
    assert reason in str(caught.value)
    assert f"put it at {path}" in str(caught.value)
    assert left(path) == kept
    assert len(server.starts) == (1 if fault != "whole and truncated" else ATTEMPTS + 1)


def test_without_a_connection_the_message_says_what_to_do(path: Path) -> None:
    with pytest.raises(ModelError, match=r"weights.pth could not be downloaded.*Check the connection"):
        fetch("http://127.0.0.1:9/weights.pth", path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_ends_a_download_at_once(server: Server, path: Path) -> None:
    path.parent.mkdir(parents=True)
    partial_path(path).symlink_to("/dev/full")
    with pytest.raises(ModelError, match="No space left on device"):
        fetch(server.url, path)
    assert server.starts == [0]


def test_what_the_callback_raises_ends_the_download_which_can_go_on(server: Server, path: Path) -> None:
    def stop(*_: int) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        fetch(server.url, path, on_progress=stop)
    assert left(path) == ["weights.pth.part"]
    fetch(server.url, path, HASH)
    assert server.starts[1] == downloads._size(path) - len(CONTENT[server.starts[1] :]) > 0
    assert path.read_bytes() == CONTENT


def test_two_who_fetch_the_same_file_fetch_it_once(server: Server, path: Path) -> None:
    first, told = threading.Event(), threading.Event()

    def hold(*_: int) -> None:
        first.set()
        assert told.wait(60)

    threads = [
        threading.Thread(target=fetch, args=(server.url, path, HASH, hold)),
        threading.Thread(target=fetch, args=(server.url, path, HASH, lambda *_: told.set())),
    ]
    threads[0].start()
    assert first.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join(60)
    assert path.read_bytes() == CONTENT
    assert server.starts == [0]


def test_who_waited_for_a_download_that_failed_goes_on_with_it(server: Server, path: Path) -> None:
    begun, other_waits = threading.Event(), threading.Event()
    ended: list[str] = []

    def cancel(*_: int) -> None:
        begun.set()
        assert other_waits.wait(60)
        raise Cancelled("enough")

    def first() -> None:
        with pytest.raises(Cancelled):
            fetch(server.url, path, HASH, cancel)
        ended.append("cancelled")

    def wait(*_: int) -> None:
        other_waits.set()

    threads = [
        threading.Thread(target=first),
        threading.Thread(target=fetch, args=(server.url, path, HASH, wait)),
    ]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join(60)
    assert ended == ["cancelled"]
    assert path.read_bytes() == CONTENT
    assert len(server.starts) == 2
    assert left(path) == ["weights.pth"]


def test_what_a_killed_process_locked_holds_nobody_up_and_is_removed(server: Server, path: Path) -> None:
    path.parent.mkdir(parents=True)
    (path.parent / ".weights.pth.lock").touch()
    fetch(server.url, path, HASH)
    assert left(path) == ["weights.pth"]

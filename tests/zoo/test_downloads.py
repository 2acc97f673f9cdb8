import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sparsefool.errors import Cancelled, ModelError
from sparsefool.zoo.downloads import fetch

CONTENT = bytes(range(256)) * 12_000
HASH = hashlib.sha256(CONTENT).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: 1_500_000 if self.path == "/broken" else None])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_the_file_arrives_and_progress_is_told(server: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = tmp_path / "new" / "folder" / "weights.pth"
    fetch(f"{server}/file", path, HASH[:8], lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(seen) >= 3
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("page", "hash_prefix", "reason"),
    [
        ("missing", "", "404"),
        ("broken", "", "1500000 of 3072000"),
        ("file", "00000000", "must begin with 00000000"),
    ],
)
def test_a_failure_says_why_and_leaves_nothing(
    server: str, tmp_path: Path, page: str, hash_prefix: str, reason: str
) -> None:
    path = tmp_path / "weights.pth"
    with pytest.raises(ModelError, match="could not be downloaded") as caught:
        fetch(f"{server}/{page}", path, hash_prefix)
    assert reason in str(caught.value)
    assert f"put it at {path}" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_connection_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"weights.pth could not be downloaded.*Check the connection"):
        fetch("http://127.0.0.1:9/weights.pth", tmp_path / "weights.pth")


def test_what_the_callback_raises_ends_the_download(server: str, tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        fetch(f"{server}/file", tmp_path / "weights.pth", on_progress=stop)
    assert list(tmp_path.iterdir()) == []

"""A server on this machine whose answers have the faults that downloads meet."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """What the server answers, and what it was asked.

    Attributes:
        content: of the file.
        fault: "" for none, or one of the faults below.
        starts: the first byte that each request asked for.
        release: set to end connections that stall.
    """

    content: bytes
    fault: str = ""
    starts: list[int] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request.

        ``missing``: 404. ``busy``: 503 once, after the first. ``truncated``, ``stalled``: connections end, or
        bring nothing more, after a third of the file. ``whole``: ranges are ignored; so they are with ``whole
        and truncated``. ``shifted``: another range comes than was asked for.
        """
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.starts.append(start)
        total = len(self.content)
        if self.fault == "missing" or (self.fault == "busy" and len(self.starts) == 2):
            handler.send_error(404 if self.fault == "missing" else 503)
            return
        if asked and start >= total:
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{total}")
            handler.end_headers()
            return
        if asked and not self.fault.startswith("whole"):
            start += 7 * (self.fault == "shifted")
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        else:
            start = 0
            handler.send_response(200)
        body = self.content[start:]
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        cut = self.fault.endswith(("truncated", "stalled", "busy"))
        handler.wfile.write(body[: total // 3 + 1] if cut else body)
        if self.fault == "stalled" and len(body) > total // 3 + 1:
            handler.wfile.flush()
            self.release.wait(60)


@contextmanager
def serving(content: bytes) -> Iterator[Server]:
    """Serve a file; the address ends with its name, whatever that is."""
    server = Server(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        server.url = f"http://127.0.0.1:{http.server_port}"
        try:
            yield server
        finally:
            server.release.set()
            http.shutdown()
            thread.join()

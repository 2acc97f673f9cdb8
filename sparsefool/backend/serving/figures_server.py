"""The figures of this process on a local port: ``/`` as text for people, ``/metrics`` for Prometheus."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from sparsefool.backend.serving.figures import REGISTRY, figures_text
from sparsefool.once import once

ADDRESS = "127.0.0.1"
"""Figures are for programs on this machine: a reverse proxy or Prometheus may pass them on."""

_prometheus = make_wsgi_app(REGISTRY)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing: a program asks every few seconds."""


@once()
def serve_figures(port: int) -> int:
    """Serve the figures from now on, in a thread of their own; return the port.

    Args:
        port: on :data:`ADDRESS`; 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """
    server = make_server(ADDRESS, port, _answer, _Server, _Handler)
    threading.Thread(target=server.serve_forever, name="sparsefool-figures", daemon=True).start()
    return server.server_port


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/":
        answer: Iterable[bytes] = _prometheus(environ, start_response)
        return answer
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Refresh", "5")])
    return [figures_text().encode()]

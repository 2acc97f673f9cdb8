"""A real server keeps to its limits, counts, and gives back what sessions held."""

import asyncio
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.running import ROOT, wait_until_healthy
from tests.load.people import Person

pytestmark = [pytest.mark.program, pytest.mark.timeout(300)]

SOON = 60.0
LINK = "data=MNIST&picture=3"
SERVE = """
import sys, weakref
from prometheus_client import Gauge
from sparsefool.backend.serving.figures import REGISTRY
from sparsefool.view.attack.kept_runs.history import RunHistory
from sparsefool.view.shared.streamlit_internals import sessions
from sparsefool.view.shared.serving import admission

sessions.ABSENCE, admission.LOOK = 1.0, 0.3
histories = []

def begin(self, *args, begin=RunHistory.__init__):
    begin(self, *args)
    histories.append(weakref.ref(self))

RunHistory.__init__ = begin
kept = Gauge("test_histories", "Sessions whose kept runs are in memory", registry=REGISTRY)
kept.set_function(lambda: sum(each() is not None for each in histories))

from sparsefool.cli.main import main
main(["app", *sys.argv[1:]])
"""
"""The app, but sessions are ended a second after their browser has gone, and their kept runs are counted."""


class Server:
    """A running server: its page, and its figures."""

    def __init__(self, port, figures):
        self.address = f"http://127.0.0.1:{port}/"
        self._figures = f"http://127.0.0.1:{figures}/metrics"

    def figure(self, name, **labels):
        with urllib.request.urlopen(self._figures, timeout=SOON) as answer:
            families = text_string_to_metric_families(answer.read().decode())
        samples = [each for family in families for each in family.samples if each.name == name]
        return sum(each.value for each in samples if each.labels == labels)

    async def until(self, name, value, **labels):
        deadline = time.monotonic() + SOON
        while self.figure(name, **labels) != value:
            assert time.monotonic() < deadline, (name, labels, self.figure(name, **labels))
            await asyncio.sleep(0.1)


def free_port(stack):
    taken = stack.enter_context(socket.socket())
    taken.bind(("127.0.0.1", 0))
    return taken.getsockname()[1]


@contextmanager
def limited(folder, **limits):
    (folder / "limits.toml").write_text("".join(f"{name} = {value}\n" for name, value in limits.items()))
    with ExitStack() as stack:
        port, figures = free_port(stack), free_port(stack)
    log = folder / "log.txt"
    options = ["--port", str(port), "--limits", str(folder / "limits.toml"), "--figures", str(figures)]
    of_streamlit = [
        "--server.headless=true",
        "--server.address=127.0.0.1",
        "--server.enableXsrfProtection=false",
    ]
    with log.open("wb") as out:
        command = [sys.executable, "-c", SERVE, *options, "--", *of_streamlit]
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        found = Server(port, figures)
        wait_until_healthy(f"{found.address}_stcore/health", server, log)
        yield found
    finally:
        server.terminate()
        server.wait(20)
    assert "Traceback" not in log.read_text()


async def come_and_go(server):
    first, second, third = (Person(server.address, LINK) for _ in range(3))
    for person in (first, second):
        await person.open()
        assert await person.wait_for("The network saw")
    await third.open()
    assert await third.wait_for("that many are open")
    assert server.figure("sparsefool_sessions") == 2
    assert server.figure("sparsefool_sessions_refused_total") == 1

    await first.upload(900_000)
    await first.upload(900_000)
    assert server.figure("sparsefool_upload_bytes") == 900_000
    await second.upload(100)
    await second.upload(100)
    await second.upload(100)
    assert server.figure("sparsefool_uploads_total", outcome="kept") == 3
    assert server.figure("sparsefool_uploads_total", outcome="refused") == 2
    assert server.figure("sparsefool_upload_bytes") == 900_200
    await third.upload(100)
    assert server.figure("sparsefool_upload_bytes") == 900_200, "it has no place"

    await first.close()
    assert await third.wait_for("The network saw")
    await server.until("sparsefool_upload_bytes", 200)
    assert server.figure("sparsefool_sessions") == 2
    await server.until("test_histories", 2)
    for person in (second, third):
        await person.close()
    await server.until("sparsefool_upload_bytes", 0)
    await server.until("sparsefool_sessions", 0)
    await server.until("test_histories", 1)  # Streamlit's loop holds the last session until another comes
    assert not [text for person in (first, second, third) for text in person.exceptions]


def test_places_and_uploads_are_bounded_and_given_back(tmp_path):
    limits = {"sessions": 2, "megabytes_per_session": 1, "uploads_per_minute": 2}
    with limited(tmp_path, **limits) as server, ThreadPoolExecutor(1) as beside_the_browsers_loop:
        beside_the_browsers_loop.submit(asyncio.run, come_and_go(server)).result()

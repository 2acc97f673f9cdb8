"""What a program does that is told to end (SIGTERM) while it works."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from urllib.parse import quote

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from sparsefool.paths import ROOT
from sparsefool.store.tables import read_table
from tests.browser.running import running_server

pytestmark = pytest.mark.program

PATIENCE = 120.0
"""Seconds to wait for what should come soon, on a busy machine."""

SOON = 5.0
"""Seconds within which a program that is told to end has ended."""

COMMAND = ("experiment", "sweep", "mnist", "--images", "1000", "--delta", "77", "--device", "cpu")


def wait_for_blocks(folder, process, count=1):
    """Wait until an experiment has finished some blocks; return their files."""
    deadline = time.monotonic() + PATIENCE
    while len(found := sorted(folder.rglob("*.parquet"))) < count:
        assert time.monotonic() < deadline
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.02)
    return found


def end(process):
    """Tell a program to end; return the seconds that it took."""
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    process.wait(PATIENCE)
    return time.monotonic() - begun


def assert_whole(folder, finished):
    """Check that finished blocks are there, and that whatever is there can be read."""
    there = set(folder.rglob("*.parquet"))
    assert set(finished) <= there
    assert all(len(read_table(path).rows) for path in there)


def test_a_command_ends_at_once_and_keeps_what_is_finished(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "sparsefool", *COMMAND, "--results", str(tmp_path / "results")],
        cwd=ROOT,
        env=os.environ | {"SPARSEFOOL_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        finished = wait_for_blocks(tmp_path / "results", process)
        assert end(process) < SOON
        said = process.stderr.read()
    assert_whole(tmp_path / "results", finished)
    assert "What is finished is kept: the same command goes on from there." in said
    assert process.returncode == 130
    assert not list(tmp_path.rglob("*.unfinished"))


class Session:
    """A browser tab, as far as a server can tell: it opens a page and clicks a button."""

    def __init__(self, socket, page, query):
        self._socket, self._page, self._query = socket, page, query
        self.buttons, self.texts = {}, []
        threading.Thread(target=self._read, daemon=True).start()
        self.rerun()

    def rerun(self, clicked=""):
        message = BackMsg()
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        if clicked:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = clicked, True
        self._socket.send(message.SerializeToString())

    def click(self, label):
        """Click a button once it is there."""
        deadline = time.monotonic() + PATIENCE
        while label not in self.buttons:
            assert time.monotonic() < deadline, self.texts
            time.sleep(0.05)
        self.rerun(self.buttons[label])

    def _read(self):
        with suppress(ConnectionClosed):
            for data in self._socket:
                message = ForwardMsg()
                message.ParseFromString(data)
                element = message.delta.new_element
                if element.WhichOneof("type") == "button" and not element.button.disabled:
                    self.buttons[element.button.label] = element.button.id
                elif element.WhichOneof("type"):
                    self.texts.append(str(element)[:200])


def test_the_app_ends_soon_and_an_experiment_keeps_what_is_finished(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARSEFOOL_HOME", str(tmp_path))
    log = tmp_path / "log.txt"
    with running_server(log) as (address, server):
        query = f"show={quote('Many pictures')}&data=MNIST&over={quote('λ × δ')}&images=1000"
        with connect(
            f"{address.replace('http', 'ws')}_stcore/stream", subprotocols=["streamlit"], max_size=2**28
        ) as socket:
            Session(socket, "perceptibility", query).click("Run")
            finished = wait_for_blocks(tmp_path / "runs", server)
            assert end(server) < SOON
    assert_whole(tmp_path / "runs", finished)
    assert "Traceback" not in log.read_text()

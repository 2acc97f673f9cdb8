import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from click.testing import CliRunner

from sparsefool import paths
from sparsefool.backend.serving.limits import VARIABLE, limits
from sparsefool.cli.main import main
from sparsefool.paths import APP, ROOT

pytestmark = pytest.mark.program

SETTINGS = """
import importlib, json, os, sys
from streamlit import config
from streamlit.web import bootstrap
from sparsefool.backend.serving.limits import limits
from sparsefool.cli.app import IMPORTED_AHEAD
from sparsefool.cli.main import main

def report(script, is_hello, arguments, options):
    names = "theme.light.primaryColor", "runner.postScriptGC", "server.port", "server.maxUploadSize"
    print(json.dumps([script, *map(config.get_option, names), limits().sessions, limits().own_networks]))

bootstrap.run = report
for module in IMPORTED_AHEAD:
    importlib.import_module(module)
for arguments in json.loads(sys.argv[1]):
    if not (child := os.fork()):
        try:
            main(["app", *arguments])
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.waitpid(child, 0)
"""
"""Start the app with each of some lists of arguments, in a process of its own that says its settings."""


IMPORTED = """
import gc, sys
from streamlit.web import bootstrap

needed = {"pandas", "plotly", "scipy.stats", "torchvision"}
bootstrap.run = lambda *_: print(*sorted(needed & set(sys.modules)), gc.get_freeze_count() > 100_000)
from sparsefool.cli.main import main
assert "pandas" not in sys.modules
main(["app"])
"""


def test_what_pages_need_is_imported_before_anybody_comes_and_no_garbage_collection_goes_through_it():
    answer = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["pandas", "plotly", "scipy.stats", "torchvision", "True"]


@pytest.mark.parametrize(
    "arguments", [("--port", "0"), ("--port", "x"), ("--server.headless", "true"), ("--cluster", "local")]
)
def test_a_wrong_option_is_refused_before_anything_starts(arguments):
    assert CliRunner().invoke(main, ["app", *arguments]).exit_code == 2


STARTED = [
    [],
    ["--for-class"],
    ["--public"],
    ["--limits", "limits.toml"],
    ["--public", "--", "--server.maxUploadSize", "7"],
    ["--port", "8612"],
]
SERVES = [
    (500, 500, True),
    (50, 150, False),
    (20, 60, False),
    (50, 3, True),
    (7, 60, False),
    (500, 500, True),
]
"""What a server started so serves: megabytes of an upload, sessions, whether networks of one's own."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Return the settings of the app for each way to start it, in a folder of which it knows nothing."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "limits.toml").write_text('preset = "for-class"\nsessions = 3\nown_networks = true\n')
    answer = subprocess.run(
        [sys.executable, "-c", SETTINGS, json.dumps(STARTED)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(found) == len(STARTED), answer.stderr
    return found


def test_the_apps_own_settings_hold_in_any_folder(settings):
    assert [each[:3] for each in settings] == [[str(APP), "#00619a", False]] * len(STARTED)
    assert [each[3] for each in settings] == [8501] * 5 + [8612]


def test_limits_are_those_of_the_preset_or_the_file(settings):
    assert [tuple(each[4:]) for each in settings] == SERVES


def test_two_kinds_of_limits_are_refused(tmp_path):
    (tmp_path / "limits.toml").touch()
    done = CliRunner().invoke(main, ["app", "--public", "--limits", str(tmp_path / "limits.toml")])
    assert done.exit_code == 2
    assert 'preset = "public"' in done.output


def test_wrong_limits_are_one_line_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    (tmp_path / "limits.toml").write_text("session = 3")
    limits.cache_clear()
    done = CliRunner().invoke(main, ["app", "--limits", str(tmp_path / "limits.toml")])
    limits.cache_clear()
    assert done.exit_code == 2
    assert "There is no limit 'session'" in done.output
    assert "Traceback" not in done.output


def test_with_one_folder_everything_is_written_there(tmp_path):
    told = """
import json, os, tempfile
import sparsefool.cli
names = "TORCH_HOME", "HF_HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME"
print(json.dumps([tempfile.gettempdir(), *map(os.environ.get, names)]))
"""
    environment = {name: value for name, value in os.environ.items() if name not in paths.CACHES}
    answer = subprocess.run(
        [sys.executable, "-c", told],
        env=environment | {"PYTHONPATH": str(ROOT), "SPARSEFOOL_HOME": str(tmp_path / "one")},
        capture_output=True,
        text=True,
    )
    assert all(folder.startswith(str(tmp_path / "one")) for folder in json.loads(answer.stdout)), (
        answer.stderr
    )


def test_the_app_answers_and_ctrl_c_ends_it(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--server.headless=true", "--server.address=127.0.0.1"]
    with subprocess.Popen(
        [sys.executable, "-m", "sparsefool", "app", "--port", str(port), "--", *options],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert health(port, server) == b"ok"
            server.send_signal(signal.SIGINT)
            output, _ = server.communicate(timeout=20)
        finally:
            server.kill()
    assert server.returncode == 0, output
    assert "Traceback" not in output


def health(port, server):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.1)
    return None

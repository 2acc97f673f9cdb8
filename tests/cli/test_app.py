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

from sparsefool.cli.main import main
from sparsefool.paths import APP, ROOT

pytestmark = pytest.mark.program

SETTINGS = """
import json, sys
from streamlit import config
from streamlit.web import bootstrap

def report(script, is_hello, arguments, options):
    names = "theme.light.primaryColor", "runner.postScriptGC", "server.maxUploadSize", "server.port"
    print(json.dumps([script, *map(config.get_option, names)]))

bootstrap.run = report
from sparsefool.cli.main import main
main(["app", *sys.argv[1:]])
"""


@pytest.mark.parametrize("arguments", [("--port", "0"), ("--port", "x"), ("--server.headless", "true")])
def test_a_wrong_option_is_refused_before_anything_starts(arguments):
    assert CliRunner().invoke(main, ["app", *arguments]).exit_code == 2


def test_the_apps_own_settings_hold_in_any_folder(tmp_path):
    arguments = ["--port", "8612", "--", "--server.maxUploadSize", "7"]
    answer = subprocess.run(
        [sys.executable, "-c", SETTINGS, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert json.loads(answer.stdout) == [str(APP), "#00619a", False, 7, 8612], answer.stderr


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

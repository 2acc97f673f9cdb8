"""What the container's files say agrees with the project; no container is built."""

import re
import tomllib
from pathlib import Path

from sparsefool.backend.serving.limits import PRESETS
from sparsefool.cli.main import main

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied():
    """Return what the image takes from the project, at the top level."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    return {name.partition("/")[0] for line in lines for name in line.split()}


def test_the_image_takes_what_a_wheel_carries():
    bundle = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    carried = {*bundle["packages"], *bundle["hooks"]["custom"]["bundle"]}
    assert {name.partition("/")[0] for name in carried} <= copied()
    assert all((ROOT / name).exists() for name in copied())


def test_nothing_else_is_sent_to_the_builder():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied()


def test_ports_and_presets_are_those_of_the_app():
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    assert f"127.0.0.1:{port}/_stcore/health" in DOCKERFILE
    assert f"dynamic a app {port}" in (ROOT / "deploy" / "Caddyfile").read_text()
    (command,) = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    words = [word.strip('" ') for word in command.split(",")]
    assert words[:6] == ["python", "-m", "sparsefool", "app", "--port", port]
    assert main.commands["app"].make_context("app", words[4:]).params["port"] == int(port)
    (preset,) = re.findall(r"SPARSEFOOL_LIMITS=(\S+)", DOCKERFILE)
    assert preset in PRESETS

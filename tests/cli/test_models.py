import json

import pytest
from click.testing import CliRunner

from sparsefool.cli.main import main
from sparsefool.zoo.specs import list_models


@pytest.fixture(params=[True, False])
def here(request, monkeypatch):
    monkeypatch.setattr("sparsefool.cli.models.is_available", lambda _: request.param)
    return request.param


def test_every_network_is_listed_with_its_state(here):
    result = CliRunner().invoke(main, ["models"])
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert set(list_models()) <= set(lines)
    state = "ready" if here else "python -m sparsefool train mnist/lenet"
    assert state in lines["mnist/lenet"]
    assert ("downloads 528 MB" in lines["imagenet/vgg16"]) is not here


def test_json_is_all_that_is_known(here):
    result = CliRunner().invoke(main, ["models", "--json"])
    rows = json.loads(result.stdout)
    assert tuple(row["name"] for row in rows) == list_models()
    assert all(row["available"] is here for row in rows)
    assert all({"input_size", "paper", "licence", "mean", "std"} <= set(row) for row in rows)


@pytest.mark.parametrize("command", [[], ["models"], ["attack"], ["experiment"], ["train"], ["evaluate"]])
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")

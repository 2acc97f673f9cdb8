import json

import pytest
from click.testing import CliRunner

from sparsefool.__main__ import main


def run(*arguments):
    return CliRunner().invoke(main, ["measure", "mnist/lenet", "--device", "cpu", *arguments])


def test_one_line_for_each_lambda():
    outcome = run("--lambda", "1", "--lambda", "3", "--n", "4")
    assert outcome.exit_code == 0, outcome.output
    lines = outcome.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["λ = 1", "λ = 3"]
    assert "/4" in lines[0]


def test_json_has_the_numbers_and_where_they_come_from():
    outcome = run("--n", "3", "--json")
    content = json.loads(outcome.stdout)
    assert content["rows"][0]["n"] == 3
    assert content["rows"][0]["lambda"] == 3
    assert len(content["weights_sha256"]) == 64
    assert content["device"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--n", "21"), "has 20"),
        (("--lambda", "0.5"), "at least 1"),
        (("--delta", "300"), "between 0 and 255"),
    ],
)
def test_impossible_settings_are_refused_in_one_line(arguments, message):
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert "Traceback" not in outcome.output

import json
import re
from statistics import median

import pytest
from click.testing import CliRunner

from sparsefool.cli.experiments.speed import speed
from sparsefool.cli.main import main
from sparsefool.zoo import own_networks
from sparsefool.zoo.own_networks import forget
from tests.own_network import ARCHITECTURE, CLASSES, safetensors_file

SHORT = ["--images", "2", "--batch", "2", "--competitor", "engine", "--repetitions", "1", "--device", "cpu"]


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(safetensors_file())
    yield path
    for name in list(own_networks._networks):
        forget(name)


def test_a_short_run_prints_a_table_and_writes_json(tmp_path):
    path = tmp_path / "speed.json"
    arguments = [
        "mnist/lenet",
        "--images",
        "2",
        "--batch",
        "2",
        "--competitor",
        "literal",
        "--repetitions",
        "1",
    ]
    growth = ["--side", "28", "--grow-candidates", "2", "--max-iter", "3", "--device", "cpu"]
    result = CliRunner().invoke(speed, [*arguments, *growth, "--json", str(path)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "literal      batch   1:" in result.output
    written = json.loads(path.read_text())
    assert [row["competitor"] for row in written["rows"]] == ["engine", "literal"]
    assert [row["num_candidates"] for row in written["growth"]] == [10, 2]
    assert [each["batch_size"] for each in written["passes"]] == [1, 2, 8]
    distances = re.findall(r"([\d.]+) times the floor, which is (\d+) % of the time", result.output)
    expected = [median(row["times_floor"]) for row in written["rows"]]
    assert distances == [(f"{times:.2f}", f"{100 / times:.0f}") for times in expected]
    for each in written["passes"]:
        forward, backward = each["forward"][0] * 1000, each["backward"][0] * 1000
        line = f"batch   {each['batch_size']}: {forward:.3g} ms forward, {backward:.3g} ms backward per image"
        assert line in result.output


def test_more_images_than_the_gallery_has():
    options = ["--images", "30", "--batch", "30", "--competitor", "engine", "--repetitions", "1"]
    more = ["--max-iter", "1", "--candidates", "2", "--device", "cpu"]
    result = CliRunner().invoke(speed, ["mnist/lenet", *options, *more], catch_exceptions=False)
    assert result.exit_code == 0
    assert "engine       batch  30:" in result.output
    assert ", 30 images, " in result.output


def test_a_network_of_ones_own(weights):
    own = ["--weights", str(weights), "--architecture", ARCHITECTURE, "--num-classes", str(CLASSES)]
    options = [*own, "--input-size", "32", "--max-iter", "1", *SHORT]
    result = CliRunner().invoke(main, ["experiment", "speed", *options])
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"^own/\w+, λ = 3, 2 images", result.output, re.MULTILINE)


def test_a_network_of_ones_own_beside_a_named_one_is_refused(weights):
    options = ["mnist/lenet", "--weights", str(weights), "--architecture", ARCHITECTURE, *SHORT]
    result = CliRunner().invoke(main, ["experiment", "speed", *options])
    assert result.exit_code == 2
    assert result.stderr == "Error: Give either the name of a network or --weights.\n"


def test_an_architecture_without_weights():
    arguments = ["cifar10/resnet18", "--random-weights", "--max-iter", "1", "--candidates", "2"]
    result = CliRunner().invoke(speed, arguments + SHORT, catch_exceptions=False)
    assert result.exit_code == 0
    assert "cifar10/resnet18 with random weights" in result.output

import json

from click.testing import CliRunner

from sparsefool.cli.speed import speed


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


def test_an_architecture_without_weights():
    arguments = ["cifar10/resnet18", "--random-weights", "--images", "2", "--batch", "2", "--max-iter", "1"]
    more = ["--competitor", "engine", "--repetitions", "1", "--candidates", "2", "--device", "cpu"]
    result = CliRunner().invoke(speed, arguments + more, catch_exceptions=False)
    assert result.exit_code == 0
    assert "cifar10/resnet18 with random weights" in result.output

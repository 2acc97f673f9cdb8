import re
import signal
import subprocess
import sys
import time
from collections import defaultdict

import pytest
import torch
from click.testing import CliRunner

from sparsefool import load_model
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.cli.main import main
from sparsefool.experiments.attack_settings import AttackSetting
from sparsefool.experiments.comparison import Comparison
from sparsefool.store.tables import find_tables, read_table

TIMES = ["seconds"]


def run(*arguments):
    return CliRunner().invoke(main, ["experiment", *arguments, "--device", "cpu"])


def comparison(folder, *more):
    return ("comparison", "mnist", "--results", str(folder), "--attack", "sparsefool", *more)


def only_table(folder):
    (path,) = find_tables(folder)
    return read_table(path)


def test_a_comparison_prints_a_line_for_each_attack_and_keeps_its_rows(tmp_path):
    outcome = run(*comparison(tmp_path, "--images", "3", "--attack", "random_pixels"))
    assert outcome.exit_code == 0, outcome.output
    assert "mnist/lenet, SparseFool: fooled 3/3" in outcome.stdout
    assert "Random noise" in outcome.stdout
    table = only_table(tmp_path)
    assert len(table.rows) == 6
    assert table.provenance["experiment"] == "comparison"


def test_a_sweep_prints_a_line_for_each_pair(tmp_path):
    outcome = run(
        "sweep", "mnist", "--images", "2", "--delta", "50", "--delta", "255", "--results", str(tmp_path)
    )
    assert outcome.exit_code == 0, outcome.output
    lines = [line.partition(":")[0] for line in outcome.stdout.splitlines()]
    assert lines == ["mnist/lenet, λ = 1, δ = 50", "mnist/lenet, λ = 1, δ = 255"]


def test_shipping_puts_the_table_among_the_results(tmp_path, monkeypatch):
    monkeypatch.setattr("sparsefool.paths.SHIPPED_RESULTS", tmp_path / "shipped")
    outcome = run(*comparison(tmp_path / "runs", "--images", "2", "--ship"))
    assert outcome.exit_code == 0, outcome.output
    assert [path.name for path in find_tables(tmp_path / "shipped")] == ["comparison-mnist.parquet"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("transfer", "mnist", "--model", "mnist/lenet"), "two different networks"),
        (("transfer", "mnist", "--model", "mnist/lenet", "--model", "imagenet/vgg16"), "same images"),
        (("comparison", "mnist", "--attack", "nothing"), "at least one network and one attack"),
        (("sweep", "mnist", "--lambda", "0.5"), "1 or more"),
        (("sweep", "mnist", "--images", "1001"), "1000 test images"),
        (("sweep", "mnist", "--model", "mnist/lenett"), "Did you mean mnist/lenet"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(tmp_path, arguments, message):
    outcome = run(*arguments, "--results", str(tmp_path))
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert "Traceback" not in outcome.output


def test_a_full_memory_is_said_in_one_line(tmp_path, monkeypatch):
    def fail(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(Comparison, "run", fail)
    outcome = run(*comparison(tmp_path, "--images", "2"))
    assert outcome.exit_code == 2
    (line,) = outcome.stderr.splitlines()
    expected = r"Error: The memory of .* \(cpu, .*\) is full\. What is finished is kept\. Choose .*"
    assert re.fullmatch(expected, line)


def test_a_network_that_is_not_here_is_downloaded_first(tmp_path, monkeypatch):
    missing, loaded = ["mnist/lenet"], []

    def load(name, _device, _on_progress):
        loaded.append((name, list(missing)))
        missing.clear()
        return load_model(name, "cpu")

    monkeypatch.setattr("sparsefool.backend.experiments.is_available", lambda name: name not in missing)
    monkeypatch.setattr("sparsefool.backend.models._loaded", defaultdict(lambda: RecentlyUsed(1)))
    monkeypatch.setattr("sparsefool.backend.models.load_model", load)
    outcome = run(*comparison(tmp_path, "--images", "2"))
    assert outcome.exit_code == 0, outcome.output
    assert loaded == [("mnist/lenet", ["mnist/lenet"])]


@pytest.mark.program
def test_killed_in_the_middle_it_goes_on_to_the_same_table(tmp_path):
    arguments = [sys.executable, "-m", "sparsefool", "experiment", "--device", "cpu"]
    arguments = [*arguments[:4], *comparison(tmp_path / "killed", "--images", "150"), "--device", "cpu"]
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed").glob("*/*.parquet")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = len(list((tmp_path / "killed").glob("*/*.parquet")))
    assert 0 < finished < 4
    assert find_tables(tmp_path / "killed") == []
    for folder in ("killed", "whole"):
        outcome = run(*comparison(tmp_path / folder, "--images", "150"))
        assert outcome.exit_code == 0, outcome.output
    killed, whole = (only_table(tmp_path / folder).rows for folder in ("killed", "whole"))
    lists = ["changed_at", "changed_to"]
    assert killed.drop(columns=[*TIMES, *lists]).equals(whole.drop(columns=[*TIMES, *lists]))
    for column in lists:
        assert all((a == b).all() for a, b in zip(killed[column], whole[column], strict=True))


def test_a_setting_has_its_attacks_title_unless_it_is_given_one():
    assert AttackSetting("jsma").name == "JSMA"
    assert AttackSetting("jsma", name="greedy").name == "greedy"


def test_regions_print_the_shares_of_each_network(tmp_path):
    outcome = run("regions", "mnist", "--results", str(tmp_path), "--images", "6")
    assert outcome.exit_code == 0, outcome.output
    for part in ("label", "fooling", "elsewhere", "centre"):
        assert re.search(rf"mnist/lenet, {part}: [\d.]+% \(95 % .*\), n = \d", outcome.stdout)
    assert only_table(tmp_path).provenance["experiment"] == "regions"

import errno
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from sparsefool import load_model, paths
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.cli.experiments import experiment as commands
from sparsefool.cli.main import main
from sparsefool.errors import ParameterError
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_sweep
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.shards import save_again
from sparsefool.store.tables import read_table

KINDS = ("comparison", "sweep", "transfer", "regions", "rounding")
ROWS = ["image", "label", "pixels", "fooling_label", "forwards", "backwards", "success_8bit"]


@pytest.fixture(autouse=True)
def _nothing_shipped(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")


def run(*arguments):
    return CliRunner().invoke(main, ["experiment", *arguments, "--device", "cpu"])


def comparison(folder, *more):
    return ("comparison", "mnist", "--results", str(folder), "--attack", "sparsefool", *more)


def blocks(folder):
    """Return the tables on disk by the kinds of their records and their first images."""
    paths = sorted(folder.rglob("*.parquet"))
    kinds = [(path.parent.name.partition("-mnist")[0], path.stem) for path in paths]
    return dict(zip(kinds, map(read_table, paths), strict=True))


def test_a_comparison_prints_a_line_for_each_attack_and_keeps_its_rows(tmp_path):
    outcome = run(*comparison(tmp_path, "--images", "3", "--attack", "random_pixels"))
    assert outcome.exit_code == 0, outcome.output
    assert "mnist/lenet, SparseFool: fooled 3/3" in outcome.stdout
    assert re.search(r"median \S+ pixels = \S+ %, \S+ features, ", outcome.stdout)
    assert "Random noise" in outcome.stdout
    assert f"6 rows; they are kept in {tmp_path}" in outcome.stderr
    found = blocks(tmp_path)
    assert list(found) == [("random-pixels", "00000"), ("sparsefool", "00000")]
    assert all(len(table.rows) == 20 for table in found.values())


def full(path, _):
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


def test_rows_that_could_not_be_saved_are_printed_and_said_to_be_lost(tmp_path, monkeypatch):
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        outcome = run(*comparison(tmp_path, "--images", "3"))
    assert outcome.exit_code == 3
    assert "mnist/lenet, SparseFool: fooled 3/3" in outcome.stdout
    assert "1 of the measured blocks could not be saved: No space left on device: " in outcome.stderr
    assert outcome.stderr.endswith("give the same command again: it measures those again.\n")
    assert "are kept in" not in outcome.stderr
    assert save_again() == []


def test_rows_that_can_be_saved_in_the_end_are(tmp_path, monkeypatch):
    disk = pytest.MonkeyPatch()
    disk.setattr(Path, "write_bytes", full)

    def make_room(*_):
        disk.undo()
        return "a line"

    monkeypatch.setattr(commands, "describe", make_room)
    outcome = run(*comparison(tmp_path, "--images", "3"))
    assert outcome.exit_code == 0, outcome.output
    assert "Not all rows could be saved so far. No space left on device: " in outcome.stderr
    assert len(blocks(tmp_path)) == 1


def test_a_sweep_prints_a_line_for_each_pair(tmp_path):
    outcome = run(
        "sweep", "mnist", "--images", "2", "--delta", "50", "--delta", "255", "--results", str(tmp_path)
    )
    assert outcome.exit_code == 0, outcome.output
    lines = [line.partition(":")[0] for line in outcome.stdout.splitlines()]
    assert lines == ["mnist/lenet, λ = 1, δ = 50", "mnist/lenet, λ = 1, δ = 255"]


def test_shipping_puts_each_record_into_a_file_among_the_results(tmp_path):
    for images in ("2", "21"):
        outcome = run(*comparison(tmp_path / "runs", "--images", images, "--attack", "jsma", "--ship"))
        assert outcome.exit_code == 0, outcome.output
        shipped = tmp_path / "shipped"
        assert f"kept in {shipped}" in outcome.stderr
        names = [path.name.rpartition("-")[0] for path in sorted(shipped.iterdir())]
        assert names == ["jsma-mnist-lenet", "sparsefool-mnist-lenet"]
    rows = [len(read_table(path).rows) for path in shipped.iterdir()]
    assert rows == [40, 40], "the files have grown"
    asked = run(*comparison(tmp_path / "elsewhere", "--images", "30", "--attack", "jsma"))
    assert asked.exit_code == 0, asked.output
    assert not (tmp_path / "elsewhere").exists(), "nothing is measured again"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("transfer", "mnist", "--model", "mnist/lenet"), "two different networks"),
        (
            ("transfer", "mnist", "--model", "mnist/lenet", "--model", "imagenet/vgg16"),
            "imagenet/vgg16 was not trained on mnist; networks that were: mnist/lenet.",
        ),
        (
            ("transfer", "imagenet", "--model", "imagenet/vgg16", "--model", "imagenet/inception_v3"),
            "same images",
        ),
        (
            ("comparison", "mnist", "--attack", "foo"),
            "There is no attack 'foo' in the comparison on mnist; there are, by name and title, sparsefool "
            "(SparseFool); sparsest (SparseFool, sparsest); random_pixels (Random noise); jsma (JSMA); "
            "l1_deepfool (ℓ1-DeepFool, unclipped); ",
        ),
        (("comparison", "imagenet", "--attack", "jsma"), "There is no attack 'jsma' in the comparison on"),
        (("comparison", "mnist", "--attack", "random_pixels"), "Random noise takes its size from SparseFool"),
        (("sweep", "mnist", "--lambda", "0.5"), "1 or more"),
        *(
            (
                (kind, "cifar10", "--images", "5000"),
                "There are 1000 test images of cifar10; 5000 were asked for",
            )
            for kind in ("comparison", "sweep", "transfer", "regions", "rounding")
        ),
        *(
            (
                (kind, "cifar10", "--model", "mnist/lenet"),
                "mnist/lenet was not trained on cifar10; networks that were: cifar10/resnet18, cifar10/vgg19",
            )
            for kind in KINDS
        ),
        (("sweep", "mnist", "--model", "mnist/lenett"), "Did you mean mnist/lenet"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(tmp_path, arguments, message):
    outcome = run(*arguments, "--results", str(tmp_path))
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert "Traceback" not in outcome.output
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize(("commands", "dataset"), [(paper_comparison, "mnist"), (paper_sweep, "imagenet")])
def test_without_a_network_here_those_that_there_are_are_named(monkeypatch, commands, dataset):
    monkeypatch.setattr("sparsefool.experiments.paper.defaults.available_models", lambda _: ())
    with pytest.raises(ParameterError, match=f"No network for {dataset} is on this machine; .* {dataset}/"):
        commands(dataset)


def test_an_attack_is_chosen_by_its_title_too(tmp_path):
    outcome = run("comparison", "mnist", "--attack", "JSMA", "--images", "1", "--results", str(tmp_path))
    assert outcome.exit_code == 0, outcome.output
    assert "mnist/lenet, JSMA: fooled" in outcome.stdout


def test_where_none_is_fooled_no_median_is_told(tmp_path):
    outcome = run(
        "sweep", "mnist", "--delta", "0", "--images", "3", "--results", str(tmp_path), "--lambda", "1"
    )
    assert outcome.exit_code == 0, outcome.output
    assert "fooled 0/3 = 0.0 % (95 % 0.0 to" in outcome.stdout
    assert "none fooled, so no median of their pixels" in outcome.stdout
    outcome = run("regions", "mnist", "--delta", "0", "--images", "1", "--results", str(tmp_path))
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout == "mnist/lenet: none of 1 images fooled\n"


def test_too_few_images_have_no_interval(tmp_path):
    for command in ("sweep", "regions"):
        outcome = run(command, "mnist", "--images", "3", "--results", str(tmp_path))
        assert outcome.exit_code == 0, outcome.output
        assert "nan" not in outcome.stdout
    assert re.search(r"label: [\d.]+ %, n = \d", outcome.stdout)


def test_interrupted_it_says_that_the_work_is_kept_and_how_to_go_on(tmp_path, monkeypatch):
    measure = RecordStore.measure

    def interrupted(self, task, context):
        if task.first > 0:
            raise KeyboardInterrupt
        measure(self, task, context)

    command = comparison(tmp_path, "--images", "40")
    with monkeypatch.context() as patch:
        patch.setattr(RecordStore, "measure", interrupted)
        outcome = run(*command)
    assert (outcome.exit_code, outcome.stdout) == (130, "")
    said = "Interrupted. What is finished is kept: the same command goes on from there.\n"
    assert outcome.stderr == said
    assert list(blocks(tmp_path)) == [("sparsefool", "00000")]
    assert run(*command).exit_code == 0
    assert list(blocks(tmp_path)) == [("sparsefool", "00000"), ("sparsefool", "00020")]


def test_a_full_memory_is_said_in_one_line(tmp_path, monkeypatch):
    def fail(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(AttackRecord, "measure", fail)
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
def test_killed_in_the_middle_it_goes_on_to_the_same_rows(tmp_path):
    command = ("sweep", "mnist", "--lambda", "2.75", "--images", "150", "--results")
    program = [sys.executable, "-m", "sparsefool", "experiment", *command, str(tmp_path / "killed")]
    process = subprocess.Popen([*program, "--device", "cpu"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not blocks(tmp_path / "killed") and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "killed").rglob("*.parquet")}
    assert 0 < len(finished) < 8
    for folder in ("killed", "whole"):
        outcome = run(*command, str(tmp_path / folder))
        assert outcome.exit_code == 0, outcome.output
    assert all(path.stat().st_mtime_ns == written for path, written in finished.items())
    killed, whole = blocks(tmp_path / "killed"), blocks(tmp_path / "whole")
    assert list(killed) == list(whole) == [("sparsefool", f"{first:05d}") for first in range(0, 150, 20)]
    for block, table in killed.items():
        assert table.rows[ROWS].equals(whole[block].rows[ROWS])
        for column in ("changed_at", "changed_to"):
            pairs = zip(table.rows[column], whole[block].rows[column], strict=True)
            assert all((a == b).all() for a, b in pairs)


def test_a_setting_has_its_attacks_title_unless_it_is_given_one():
    assert AttackSetting("jsma").name == "JSMA"
    assert AttackSetting("jsma", name="greedy").name == "greedy"


def test_regions_print_the_shares_of_each_network(tmp_path):
    outcome = run("regions", "mnist", "--results", str(tmp_path), "--images", "12")
    assert outcome.exit_code == 0, outcome.output
    for part in ("label", "fooling", "elsewhere", "centre"):
        assert re.search(rf"mnist/lenet, {part}: [\d.]+ % \(95 % .*\), n = \d", outcome.stdout)
    assert list(blocks(tmp_path)) == [("regions", "00000"), ("sparsefool", "00000")]

"""What the script for a GPU is made of, as far as a machine without one can tell."""

import json
import os
import subprocess

import pytest
from click.testing import CliRunner

from sparsefool import load_model
from sparsefool.data.samples import load_samples
from sparsefool.formats import percent
from sparsefool.paths import ROOT
from tests.gpu import same_results, targets
from tests.gpu.same_results import Found, compare, find


@pytest.fixture
def lenet():
    return load_model("mnist/lenet", device="cpu")


@pytest.fixture
def digits():
    return load_samples("mnist").images[:4]


def test_the_same_results_are_counted(lenet, digits):
    found = find(lenet, digits, "sparsest")
    agreement = compare(found, found, digits, lenet)
    assert (agreement.n, agreement.same, agreement.confirmed) == (4, 4, 4)
    assert agreement.pixels == agreement.expected_pixels > 0


def test_images_that_differ_and_that_fool_one_device_alone_are_counted(lenet, digits):
    here = find(lenet, digits, "sparsest")
    images, fooled = here.images.clone(), here.fooled.clone()
    images[0, 0, 0, 0] = 1 - images[0, 0, 0, 0]  # another picture, that fools too
    images[1] = digits[1]  # said to fool there, but it is the original
    fooled[2] = False  # not fooled there, but here
    agreement = compare(Found(images, fooled), here, digits, lenet)
    assert (agreement.n, agreement.same, agreement.confirmed) == (4, 2, 2)


@pytest.mark.parametrize("wrong", [False, True])
def test_the_exit_code_says_whether_enough_results_are_the_same(monkeypatch, wrong):
    found = find

    def find_on(classifier, images, attack):
        result = found(classifier, images, attack)
        runs.append(attack)
        return Found(images, result.fooled) if wrong and len(runs) % 2 == 0 else result

    runs = []
    monkeypatch.setattr(same_results, "find", find_on)
    options = ["--device", "cpu", "--images", "2", "--model", "mnist/lenet"]
    result = CliRunner().invoke(same_results.main, options, catch_exceptions=False)
    assert result.exit_code == int(wrong)
    assert runs == ["sparsefool", "sparsefool", "sparsest", "sparsest"]
    expected = (
        "same 0/4 = 0.0 %, confirmed 0/4 = 0.0 %" if wrong else "same 4/4 = 100.0 %, confirmed 4/4 = 100.0 %"
    )
    assert expected in result.output


def _report(milliseconds, times_floor):
    engine = {"competitor": "engine", "seconds": [milliseconds / 1000], "times_floor": [times_floor]}
    rows = [
        {**engine, "batch_size": 1},
        {**engine, "competitor": "sparsest", "batch_size": 256, "times_floor": [99.0], "seconds": [99.0]},
        {**engine, "batch_size": 256},
    ]
    return {"model": "cifar10/resnet18", "device": "H100", "rows": rows}


@pytest.mark.parametrize(("milliseconds", "times_floor", "code"), [(40, 1.6, 0), (41, 1.6, 1), (40, 1.7, 1)])
def test_the_targets(tmp_path, milliseconds, times_floor, code):
    for target in targets.TARGETS:
        (tmp_path / target.file).write_text(json.dumps(_report(milliseconds, times_floor)))
    result = CliRunner().invoke(targets.main, [str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == code
    assert f"{milliseconds:.1f} ms, at most 40" in result.output
    assert f"{percent(1 / times_floor)} of the time is the floor, at least 60 %" in result.output
    assert ("MISSED" in result.output) == bool(code)
    reported = CliRunner().invoke(targets.main, [str(tmp_path), "--report-only"], catch_exceptions=False)
    assert (reported.exit_code, reported.output) == (0, result.output)


def test_what_was_not_measured_is_no_target_met(tmp_path):
    result = CliRunner().invoke(targets.main, [str(tmp_path), "--report-only"], catch_exceptions=False)
    assert result.exit_code == 1
    assert "MISSED: cifar10-single.json was not written" in result.output


@pytest.fixture
def stand_in(tmp_path):
    """A program in Python's place, with which one step fails."""
    path = tmp_path / "python"
    path.write_text('#!/bin/sh\ncase "$*" in *same_results*) exit 3;; esac\n')
    path.chmod(0o755)
    return path


def _bench(stand_in, tmp_path, **variables):
    environment = {**os.environ, "PYTHON": str(stand_in), "OUT": str(tmp_path / "out"), "DEVICE": "cpu"}
    script = [str(ROOT / "tests" / "gpu" / "bench.sh")]
    done = subprocess.run(script, capture_output=True, text=True, env={**environment, **variables})
    assert (tmp_path / "out" / "log.txt").read_text() == done.stdout
    return done


def test_a_step_that_fails_stops_no_other_and_is_reported(stand_in, tmp_path):
    done = _bench(stand_in, tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    codes = {line.split(":")[0][3:]: line for line in lines if line.startswith("-- ")}
    assert list(codes) == [
        "cifar10-single",
        "cifar10-batch",
        "same-results",
        "pytest",
        "lite0",
        "vgg16",
        "targets",
    ]
    assert "exit code 3" in codes.pop("same-results")
    assert all("exit code 0" in line for line in codes.values())
    assert lines[-1].endswith("failed: same-results")


def test_no_step_begins_after_the_limit(stand_in, tmp_path):
    done = _bench(stand_in, tmp_path, LIMIT="0")
    assert done.returncode == 1
    assert done.stdout.count("no time left") == 7


def test_without_a_failing_step_the_exit_code_is_0(stand_in, tmp_path):
    stand_in.write_text("#!/bin/sh\n")
    done = _bench(stand_in, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith("failed: none")

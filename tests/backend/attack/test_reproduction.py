import ast
import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from sparsefool import paths
from sparsefool.attacks import INTERACTIVE
from sparsefool.backend.attack.reproduction import Sample, command_line, python_program
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.models import gallery_picture
from sparsefool.cli.main import main
from sparsefool.data.regions import Region, rectangle

DISC = Region(np.hypot(*np.mgrid[-13:15, -13:15]) < 9)


def attacked(**parameters):
    picture = gallery_picture("mnist/lenet", "mnist", 3)
    return run_attack(AttackRequest("mnist/lenet", picture, device="cpu", **parameters))


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs a program, the picture going to a folder; it returns what was printed."""

    def run_program(program):
        exec(compile(inside(program, tmp_path), "again.py", "exec"), {"__name__": "__main__"})
        said, complaints = capsys.readouterr()
        assert complaints == ""
        return said

    return run_program


def inside(program, folder):
    """Return a program that saves the picture in a folder."""
    return program.replace('"adversarial.png"', repr(str(folder / "adversarial.png")))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"lambda_": 1.5, "delta": 120.0, "target": 8, "max_iter": 30, "num_candidates": 4},
        {"attack": "sparsest", "delta": 120.0, "target": 8},
        {"attack": "sparsest", "count": "features"},
        {"region": DISC.inverted(), "delta": 200},
        {"region": rectangle((4, 4, 20, 20), (28, 28))},
    ],
    ids=["default", "every parameter", "sparsest", "features", "lasso", "rectangle"],
)
def test_the_program_gives_the_same_adversarial_picture(parameters, run, tmp_path):
    report = attacked(**parameters)
    program = python_program(report, Sample("mnist", 3), "unused.png")
    assert ('count="features"' in program) == (parameters.get("count") == "features")
    said = run(program)
    assert f"features changed: {report.change_8bit.features}\n" in said
    assert f"SHA-256 of the adversarial picture: {report.adversarial.sha256}\n" in said
    assert f"{report.before.name} -> {report.after_8bit.name}\n" in said
    assert (tmp_path / "adversarial.png").read_bytes() == report.adversarial.png()


@pytest.mark.program
def test_the_program_reads_a_persons_own_picture_from_its_file_in_a_process_of_its_own(tmp_path):
    report = attacked()
    original, program = tmp_path / "digit.png", tmp_path / "again.py"
    original.write_bytes(report.request.picture.png())
    program.write_text(inside(python_program(report, None, str(original)), tmp_path))
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert report.adversarial.sha256 in done.stdout.splitlines()[-1]


def test_the_program_reads_a_test_image_that_is_no_sample(run):
    picture = gallery_picture("mnist/lenet", "mnist", 30)
    report = run_attack(AttackRequest("mnist/lenet", picture, device="cpu"))
    assert report.adversarial.sha256 in run(python_program(report, Sample("mnist", 30), "unused.png"))


def test_the_program_is_tidy_in_every_form():
    for report in (attacked(), attacked(region=DISC), attacked(attack="sparsest", count="features")):
        for sample in (None, Sample("mnist", 3), Sample("mnist", 30)):
            program = python_program(report, sample, "digit.png")
            ast.parse(program)
            used = subprocess.run(
                [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F,I", "-"],
                input=program,
                cwd=paths.ROOT,
                capture_output=True,
                text=True,
            )
            assert used.returncode == 0, used.stdout


@pytest.mark.parametrize(
    "method",
    [*({"attack": spec.name} for spec in INTERACTIVE), {"attack": "sparsest", "count": "features"}],
    ids=str,
)
def test_the_command_gives_the_same_picture(method, tmp_path):
    report = attacked(region=DISC, delta=200, target=8, **method)
    original, region = tmp_path / "digit.png", tmp_path / "region.png"
    original.write_bytes(report.request.picture.png())
    region.write_bytes(DISC.picture().png())
    words = shlex.split(command_line(report, str(original), str(region)))
    assert words[:3] == ["python", "-m", "sparsefool"]
    done = CliRunner().invoke(main, [*words[3:-1], str(tmp_path / "result")])
    assert (done.exit_code, done.stderr) == (0, "")
    assert (tmp_path / "result" / "adversarial.png").read_bytes() == report.adversarial.png()
    made = json.loads((tmp_path / "result" / "result.json").read_text())["provenance"]["parameters"]
    assert made == report.request.parameters()

"""``sparsefool attack --weights``: a network of one's own on the command line."""

import hashlib
import json
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner

from sparsefool.attacks import check_8_bit, sparsefool
from sparsefool.backend.attack.reproduction import Sample, command_line, python_program
from sparsefool.backend.attack.request import OVERSHOOT, AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.models import gallery_picture
from sparsefool.cli.main import main
from sparsefool.data.galleries import load_gallery
from sparsefool.data.pictures import Picture
from sparsefool.zoo import own_networks
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.own_networks import forget, register
from tests.own_network import ARCHITECTURE, CLASSES, describe, poisoned_files, safetensors_file, weights_file


@pytest.fixture(autouse=True)
def _forget_all():
    yield
    for name in list(own_networks._networks):
        forget(name)


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "my weights.pt"
    path.write_bytes(weights_file("module."))
    return path


def run(*arguments):
    return CliRunner().invoke(main, ["attack", "gallery:cifar10/3", "--device", "cpu", *map(str, arguments)])


def given(path, **more):
    usual = {"weights": path, "architecture": ARCHITECTURE, "num-classes": CLASSES, "input-size": 32}
    options = {name: value for name, value in {**usual, **more}.items() if value is not None}
    return [str(word) for name, value in options.items() for word in (f"--{name}", value)]


@pytest.mark.program
def test_python_and_the_command_line_give_the_same_picture(weights, tmp_path):
    out = tmp_path / "out"
    command = ["attack", "gallery:cifar10/3", "--device", "cpu", "--json", "--out", str(out), *given(weights)]
    done = subprocess.run([sys.executable, "-m", "sparsefool", *command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)

    spec = register(describe(weights))
    classifier = load_model(spec.name, device="cpu")
    images = load_gallery("cifar10").images[3:4]
    found = sparsefool(
        classifier, images, lambda_=3.0, delta=255.0, max_iter=50, num_candidates=10, overshoot=OVERSHOOT
    )
    checked = check_8_bit(classifier, found, delta=255.0)
    adversarial = Picture.from_tensor(checked.images[0])
    assert adversarial.sha256 == result["adversarial_sha256"]
    png = (out / "adversarial.png").read_bytes()
    assert hashlib.sha256(png).hexdigest() == hashlib.sha256(adversarial.png()).hexdigest()
    assert int(checked.labels[0]) == result["after_8bit"]["label"] != result["before"]["label"]
    assert result["provenance"]["model"] == spec.name


def test_the_result_says_how_to_reproduce_it(weights, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("".join(f"class of {letter}\r\n" for letter in "abcdefg") + "\n", encoding="utf-8-sig")
    options = {"input-size": "40x36", "mean": "0.1,0.2,0.3", "std": "0.4,0.5,0.6", "class-names": names}
    result = run(*given(weights, **options), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["after_8bit"]["name"].startswith("class of ")
    provenance = found["provenance"]
    assert provenance["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert provenance["network"] == {
        "source": "own",
        "architecture": ARCHITECTURE,
        "weights": "my weights.pt",
        "num_classes": 7,
        "input_size": [40, 36],
        "mean": [0.1, 0.2, 0.3],
        "std": [0.4, 0.5, 0.6],
        "class_names": [f"class of {letter}" for letter in "abcdefg"],
    }


def test_safetensors_give_the_same_picture(weights, tmp_path):
    other = tmp_path / "weights"
    other.write_bytes(safetensors_file())
    results = [json.loads(run(*given(path), "--json").stdout) for path in (weights, other)]
    assert results[0]["adversarial_sha256"] == results[1]["adversarial_sha256"]


def test_the_data_set_says_the_rest(tmp_path):
    path = tmp_path / "x.pt"
    path.write_bytes(weights_file(architecture="lenet", classes=10, channels=1))
    result = run("--weights", path, "--architecture", "lenet", "--trained-on", "mnist")
    assert result.exit_code in (0, 1)
    assert "cifar10_03 on own/" in result.stdout


def test_a_poisoned_file_executes_nothing(tmp_path):
    trace, path = tmp_path / "trace", tmp_path / "poison.pt"
    for content in poisoned_files(trace):
        path.write_bytes(content)
        result = run(*given(path))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "nothing in it was executed" in result.stderr
        assert result.stderr.count("\n") == 1
        assert not trace.exists()


WRONG = [
    ({"num-classes": 0}, "The number of classes must be from 1"),
    ({"num-classes": None}, "The number of classes is needed"),
    ({"num-classes": 8}, "my weights.pt does not fit timm/test_resnet with 8 classes: 2 of another shape"),
    ({"architecture": None}, "--weights needs --architecture"),
    ({"architecture": "timm/nothing_such"}, "There is no network 'timm/nothing_such'."),
    ({"architecture": "timm/test_vit"}, "my weights.pt does not fit timm/test_vit"),
    ({"input-size": 0}, "The input size is a height and a width from 1"),
    ({"input-size": "big"}, "--input-size must be a number"),
    ({"mean": "0.5,0.5,0.5"}, "Mean and standard deviation are needed together"),
    ({"mean": "a,b", "std": "1,1"}, "--mean must be numbers"),
    ({"mean": "nan,0,0", "std": "1,1,1"}, "one finite value per channel"),
    ({"mean": "0.5,0.5,0.5", "std": "0.5,0.5,0"}, "a standard deviation is positive"),
    ({"class-names": "/nowhere.txt"}, "--class-names must be a text file"),
    ({"weights": "/nowhere.pt"}, "/nowhere.pt cannot be read (No such file or directory)"),
    ({"model": "cifar10/resnet18"}, "Give either the name of a network or --weights."),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_option_is_one_line_and_exit_code_2(weights, options, message):
    result = run(*given(weights, **options))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_1001_names_for_1000_classes_are_refused(weights, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("\n".join(map(str, range(1001))))
    result = run(*given(weights, **{"num-classes": 1000, "class-names": names}))
    assert result.exit_code == 2
    assert "each of the 1,000 classes, or none; there are 1,001 names." in result.stderr


@pytest.mark.parametrize("size", [0, 5, 2000, 500_000_001])
def test_a_file_that_is_no_file_of_weights_is_refused(weights, size):
    with weights.open("r+b") as file:
        file.truncate(size)
    result = run(*given(weights))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    expected = "at most 500 MB are read" if size > 10**6 else "weights"
    assert expected in result.stderr


def test_the_other_options_need_weights():
    assert "--num-classes needs --weights, a file." in run("--num-classes", 3).stderr


def test_the_generated_command_and_program_give_the_same_picture(weights, tmp_path, monkeypatch, capsys):
    spec = register(
        describe(weights, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25), class_names=tuple("abcdefg"))
    )
    picture = gallery_picture(spec.name, "cifar10", 3)
    report = run_attack(AttackRequest(spec.name, picture, device="cpu"))
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command_line(report, "gallery:cifar10/3", ""))
    result = CliRunner().invoke(main, [*words[3:], "--json"])
    assert json.loads(result.stdout)["adversarial_sha256"] == report.adversarial.sha256
    program = python_program(report, Sample("cifar10", 3), "photo.png")
    exec(compile(program, "program", "exec"), {})
    assert capsys.readouterr().out.count(report.adversarial.sha256) == 1

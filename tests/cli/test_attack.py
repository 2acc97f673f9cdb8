import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from pillow_heif import from_pillow

from sparsefool.attacks import INTERACTIVE, check_8_bit
from sparsefool.cli.main import main
from sparsefool.data.image_files import FORMATS
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import rectangle
from sparsefool.zoo.loading import load_model
from tests.tiny_model import LABEL, put_in_place, tiny_classifier, tiny_picture

OUTPUTS = ["adversarial.png", "original.png", "perturbation.npz", "result.json"]


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "noise.png"
    path.write_bytes(tiny_picture().png())
    return str(path)


@pytest.fixture
def run(monkeypatch):
    """Run the command attack on the tiny network, and return what came of it."""
    put_in_place(monkeypatch, tiny_classifier())
    return lambda *arguments: CliRunner().invoke(main, ["attack", "--device", "cpu", *map(str, arguments)])


def test_a_fooled_network_is_exit_code_0(run, image):
    result = run(image)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "before      cat (" in result.stdout
    assert "float32     fooled, " in result.stdout
    assert "8-bit image fooled, " in result.stdout


def test_a_network_that_is_not_fooled_is_exit_code_1(run, image):
    result = run(image, "--delta", 1, "--lambda", 1, "--max-iter", 1, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout)["outcome"] == "iterations_exhausted"


@pytest.mark.parametrize(("data", "usual"), [("mnist", 1.0), ("cifar10", 3.0)])
def test_lambda_is_the_papers_for_the_data_set_unless_another_is_given(monkeypatch, data, usual):
    requests = []
    monkeypatch.setattr(
        "sparsefool.cli.attack.run_attack", lambda request, _: requests.append(request) or sys.exit()
    )
    network = {"mnist": "lenet", "cifar10": "resnet18"}[data]
    arguments = ["attack", f"gallery:{data}/0", "--model", f"{data}/{network}"]
    CliRunner().invoke(main, arguments)
    CliRunner().invoke(main, [*arguments, "--lambda", "2"])
    assert [each.lambda_ for each in requests] == [usual, 2.0]


def test_a_lambda_is_not_ignored_by_an_attack_that_takes_none(run, image):
    result = run(image, "--sparsest", "--lambda", 2)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: --sparsest takes no λ: leave out --lambda.\n"


def test_few_features_can_be_asked_for(run, image):
    result = run(image, "--sparsest", "--count", "features")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"8-bit image fooled, \d+ features, in \d+ pixels \(", result.stdout)
    result = run(image, "--sparsest", "--count", "features", "--json")
    assert json.loads(result.stdout)["provenance"]["parameters"]["count"] == "features"


def test_what_is_counted_is_not_ignored_by_an_attack_that_does_not_ask(run, image):
    result = run(image, "--count", "features")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: --count is for --sparsest only: add that, or leave out --count.\n"


def test_the_limit_of_passes_is_kept_and_named_where_it_does_not_apply(run, image):
    result = run(image, "--sparsest", "--max-passes", "40", "--json")
    provenance = json.loads(result.stdout)["provenance"]
    assert provenance["parameters"]["max_passes"] == 40
    result = run(image, "--max-passes", "40")
    assert (
        result.stderr == "Error: --max-passes is for --sparsest only: add that, or leave out --max-passes.\n"
    )


def test_only_pixels_and_features_are_counted(run, image):
    result = run(image, "--sparsest", "--count", "sheep")
    assert result.exit_code == 2
    assert "'sheep' is not one of 'pixels', 'features'" in result.stderr


def test_a_delta_of_0_is_allowed_and_fools_nothing(run, image):
    result = run(image, "--delta", 0, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout)["outcome"] == "box_exhausted"


@pytest.mark.parametrize("spec", INTERACTIVE[1:], ids=lambda spec: spec.name)
def test_another_attack_is_an_option(run, image, spec):
    result = run(image, f"--{spec.name}", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["provenance"]["attack"] == spec.name


def test_the_exit_code_is_the_verdict_on_the_8_bit_image(run, image, monkeypatch):
    def never(classifier, result, delta, **options):
        check = check_8_bit(classifier, result, delta, **options)
        check.success[:] = False
        return check

    monkeypatch.setattr("sparsefool.backend.attack.run.check_8_bit", never)
    result = run(image)
    assert result.exit_code == 1
    assert "float32     fooled, " in result.stdout
    assert "8-bit image not fooled, " in result.stdout
    assert "Rounded to 8 bits, the image does not fool it any more." in result.stdout


def test_the_options_reach_the_attack(run, image):
    options = ["--lambda", 2, "--delta", 80, "--max-iter", 30, "--num-candidates", 4, "--target", "ship"]
    result = run(image, *options, "--json")
    assert json.loads(result.stdout)["provenance"]["parameters"] == {
        "lambda_": 2.0,
        "delta": 80.0,
        "max_iter": 30,
        "num_candidates": 4,
        "overshoot": 0.02,
        "max_gradient_growth": 1.75,
        "target": 8,
    }


def test_the_saved_files_are_the_result(run, image, tmp_path):
    out = tmp_path / "deep" / "out"
    result = run(image, "--delta", 50, "--out", out, "--json")
    assert result.exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == OUTPUTS
    assert json.loads((out / "result.json").read_text()) == json.loads(result.stdout)
    before, after = (
        np.asarray(Image.open(out / name)).astype(int) for name in ("original.png", "adversarial.png")
    )
    assert np.array_equal(before, tiny_picture().pixels)
    assert 0 < np.abs(after - before).max() <= 50
    saved = torch.from_numpy(after).permute(2, 0, 1)[None].float() / 255
    assert int(tiny_classifier()(saved).argmax()) != LABEL


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lambda", "0.5"], "λ must be a finite number, 1 or more; it is 0.5."),
        (["--lambda", "nan"], "λ must be a finite number, 1 or more; it is nan."),
        (["--delta", "-1"], "δ must be from 0 to 255; it is -1."),
        (["--delta", "300"], "δ must be from 0 to 255; it is 300."),
        (["--delta", "nan"], "δ must be from 0 to 255; it is nan."),
        (["--max-iter", "0"], "The limit of iterations must be from 1 to 200; it is 0."),
        (["--target", "cat"], "The target equals the label (3): choose another class to aim at."),
        (["--target", "unicorn"], "'unicorn' must name exactly one class"),
        (["--device", "cuda:99"], "This machine has no device 'cuda:99'"),
        (["--model", "nonsense"], "There is no network 'nonsense'"),
    ],
)
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_wrong_option_is_one_line_and_exit_code_2(run, image, tmp_path, options, message, as_json):
    result = run(image, *options, *as_json, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {message}")
    assert result.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "HEIC"])
def test_a_picture_of_any_format_is_read_whatever_its_name(run, tmp_path, kind):
    path = tmp_path / "photo"
    image = Image.fromarray(np.full((32, 32, 3), 200, np.uint8))
    if kind == "HEIC":
        from_pillow(image).save(path)
    else:
        image.save(path, kind)
    assert run(path).exit_code in (0, 1)


def test_the_help_names_every_format_that_is_read():
    assert FORMATS in " ".join(CliRunner().invoke(main, ["attack", "--help"]).stdout.split())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text.png", b"this is no picture", "no image file that can be read"),
        ("half.png", tiny_picture().png()[:500], "damaged or incomplete"),
        ("huge.png", bytes(10_000_001), "at most 10 MB"),
        ("dot.png", None, "There is no file"),
    ],
)
def test_an_unreadable_image_is_one_line_and_exit_code_2(run, tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = run(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gallery:imagenet", "names no sample image"),
        ("gallery:imagenet/-1", "names no sample image"),
        ("gallery:imagenet/20", "images 0 to 19; 20 was asked for"),
        ("gallery:cats/1", "no gallery 'cats'"),
    ],
)
def test_a_sample_image_that_does_not_exist_is_named(run, name, message):
    result = run(name)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_folder_that_cannot_be_made_is_refused_before_the_run(run, image, monkeypatch):
    monkeypatch.setattr("sparsefool.cli.attack.run_attack", lambda *_: pytest.fail("it ran"))
    result = run(image, "--out", Path(image) / "below_a_file")
    assert result.exit_code == 2
    assert "below_a_file" in result.stderr
    assert result.stderr.count("\n") == 1


def test_ctrl_c_leaves_no_traceback(run, image, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparsefool.cli.attack.run_attack", interrupt)
    result = run(image)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Interrupted.\n")


@pytest.mark.program
def test_the_real_command_fools_a_real_network(tmp_path):
    command = [
        "attack",
        "gallery:mnist/3",
        "--model",
        "mnist/lenet",
        "--lambda",
        "1",
        "--device",
        "cpu",
        "--json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "sparsefool", *command, "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["success_8bit"]
    assert result["provenance"]["image"]["name"] == "mnist_03"
    saved = torch.from_numpy(np.array(Image.open(tmp_path / "adversarial.png")))[None, None].float() / 255
    label = int(load_model("mnist/lenet", device="cpu")(saved).argmax())
    assert label == result["after_8bit"]["label"] != result["before"]["label"]


@pytest.mark.program
def test_the_real_command_refuses_without_a_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "sparsefool", "attack", "/nowhere.png"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: There is no file /nowhere.png.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("keep_out", [[], ["--keep-out"]])
def test_a_mask_confines_the_perturbation(run, image, tmp_path, keep_out):
    region = rectangle((0, 0, 15, 31), (32, 32))
    mask, out = tmp_path / "mask.png", tmp_path / "out"
    mask.write_bytes(region.picture().png())
    result = run(image, "--region", mask, *keep_out, "--out", out)
    assert result.exit_code == 0
    assert "region      512 of 1024 pixels may change" in result.stdout
    before, after, allowed = (
        np.asarray(Image.open(out / f"{name}.png")) for name in ("original", "adversarial", "region")
    )
    changed = (before != after).any(2)
    assert changed.any()
    assert changed[16:].any() == bool(keep_out)
    assert not (changed & (allowed == 0)).any()


@pytest.mark.parametrize(
    ("pixels", "options", "message"),
    [
        (np.zeros((32, 32, 1), np.uint8), [], "No pixel may change"),
        (np.full((32, 32, 1), 255, np.uint8), ["--keep-out"], "No pixel may change"),
        (np.zeros((28, 28, 1), np.uint8), [], "The mask is 28 x 28 pixels large"),
        (np.full((32, 32, 1), 128, np.uint8), [], "A mask is white inside the region"),
    ],
)
def test_an_unusable_mask_is_one_line_and_exit_code_2(run, image, tmp_path, pixels, options, message):
    mask = tmp_path / "mask.png"
    mask.write_bytes(Picture(pixels, "mask").png())
    result = run(image, "--region", mask, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_keeping_out_needs_a_region_and_the_region_a_file(run, image):
    assert "--keep-out needs a --region" in run(image, "--keep-out").stderr
    assert "no file nowhere.png for --region" in run(image, "--region", "nowhere.png").stderr


def test_where_it_is_stuck_it_says_why(run, image):
    stuck = run(image, "--delta", 10, "--lambda", 1, "--max-iter", 2)
    assert stuck.exit_code == 1
    assert "At λ = 1 the planes promised a margin of −" in stuck.stdout
    confined = run(image, "--delta", 5, "--max-iter", 3)
    assert "δ = 5 leaves too little room to reach the boundary" in confined.stdout
    assert "promised" not in run(image).stdout

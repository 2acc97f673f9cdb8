import pytest
import torch

from sparsefool.experiments.attack_cache import attack_samples
from sparsefool.experiments.attack_settings import AttackSetting
from sparsefool.experiments.experiment import RunContext, Task

LENET = "mnist/lenet"
SETTING = AttackSetting("sparsefool", (("lambda_", 2.0),))
TASK = Task("00-00000", "some", 3)


@pytest.fixture
def context(tmp_path):
    return RunContext("cpu", cache=tmp_path / "attacks")


def spent(context, *arguments, **options):
    """Return what an attack gave, and the passes through the network that were spent on it now."""
    network = context.classifier(LENET)
    before = network.forwards + network.backwards
    gallery, result, seconds = attack_samples(*arguments, context, **options)
    return gallery, result, seconds, network.forwards + network.backwards - before


def test_an_attack_is_computed_once(context):
    _, first, seconds, _ = spent(context, SETTING, LENET, 0, TASK)
    gallery, again, same_seconds, passes = spent(context, SETTING, LENET, 0, TASK)
    assert passes == 0
    assert seconds == same_seconds > 0
    assert torch.equal(again.images, gallery.images)
    for name in ("adversarial", "labels", "success", "iterations", "forwards", "outcomes", "planes_behind"):
        assert torch.equal(getattr(again, name), getattr(first, name))


def test_parameters_are_compared_with_the_defaults_filled_in(context):
    spent(context, SETTING, LENET, 0, TASK)
    said = AttackSetting("sparsefool", (("lambda_", 2.0), ("delta", 255.0)), "another title")
    assert spent(context, said, LENET, 0, TASK)[-1] == 0


@pytest.mark.parametrize(
    ("setting", "first", "images"),
    [(AttackSetting("sparsefool", (("lambda_", 3.0),)), 0, 3), (SETTING, 1, 3), (SETTING, 0, 2)],
)
def test_another_attack_or_other_images_are_computed(context, setting, first, images):
    spent(context, SETTING, LENET, 0, TASK)
    assert spent(context, setting, LENET, first, Task("x", "some", images))[-1] > 0


def test_forced_it_is_computed_again_and_kept(context):
    spent(context, SETTING, LENET, 0, TASK)
    _, _, seconds, passes = spent(context, SETTING, LENET, 0, TASK, force=True)
    assert passes > 0
    assert spent(context, SETTING, LENET, 0, TASK)[2] == seconds


def test_a_damaged_file_is_computed_again(context):
    _, first, _, _ = spent(context, SETTING, LENET, 0, TASK)
    (path,) = context.cache.iterdir()
    path.write_bytes(path.read_bytes()[:200])
    _, again, _, passes = spent(context, SETTING, LENET, 0, TASK)
    assert passes > 0
    assert torch.equal(again.adversarial, first.adversarial)


def test_without_a_folder_nothing_is_kept():
    context = RunContext("cpu")
    assert spent(context, SETTING, LENET, 0, TASK)[-1] > 0
    assert spent(context, SETTING, LENET, 0, TASK)[-1] > 0

from dataclasses import replace

import pytest
import torch

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError
from sparsefool.training.adversarial import LinfAttack
from sparsefool.training.checkpoints import checkpoint_path, read_checkpoint, train_to_end, write_checkpoint
from sparsefool.training.evaluation import accuracy
from sparsefool.training.optimisation import update_average
from sparsefool.training.recipes import Recipe
from sparsefool.training.trainer import TrainingRun
from sparsefool.training.validation import EpochReport, guard_against_collapse
from tests.training.tiny_training import (
    NETWORK,
    RECIPE,
    ROBUST,
    STEPS_PER_EPOCH,
    build,
    finish,
    make_data,
    make_run,
)


class InterruptionError(Exception):
    """The session ends here."""


def assert_same_weights(first, second):
    for ours, theirs in ((first.module, second.module), (first.averaged, second.averaged)):
        expected = theirs.state_dict()
        assert all(torch.equal(value, expected[key]) for key, value in ours.state_dict().items())


@pytest.fixture(scope="module")
def uninterrupted():
    runs = {}
    for recipe in (RECIPE, ROBUST):
        runs[recipe] = make_run(recipe)
        finish(runs[recipe])
    return runs


@pytest.mark.parametrize("recipe", [RECIPE, ROBUST], ids=["ordinary", "adversarial"])
@pytest.mark.parametrize("cuts", [(3,), (STEPS_PER_EPOCH,), (1, 7, 14)])
def test_a_training_that_is_interrupted_ends_with_the_same_weights(tmp_path, uninterrupted, recipe, cuts):
    path = tmp_path / "runs" / "checkpoint.pt"
    for cut in cuts:

        def stop(run, _, cut=cut):
            if run.steps == cut:
                raise InterruptionError

        with pytest.raises(InterruptionError):
            train_to_end(make_run(recipe), path, stop, seconds_between=0)
    resumed = make_run(recipe)
    train_to_end(resumed, path)
    assert_same_weights(resumed, uninterrupted[recipe])
    without_time = [replace(report, seconds=0) for report in resumed.reports]
    assert without_time == [replace(report, seconds=0) for report in uninterrupted[recipe].reports]


def test_work_since_the_last_checkpoint_is_done_again(tmp_path, uninterrupted):
    path = tmp_path / "checkpoint.pt"

    def stop(run, _):
        if run.steps == STEPS_PER_EPOCH + 3:
            raise InterruptionError

    with pytest.raises(InterruptionError):
        train_to_end(make_run(), path, stop, seconds_between=1e9)
    state = read_checkpoint(path)
    assert state is not None
    assert state["steps"] == STEPS_PER_EPOCH
    resumed = make_run()
    train_to_end(resumed, path)
    assert_same_weights(resumed, uninterrupted[RECIPE])


def test_the_network_learns(uninterrupted):
    run = make_run(replace(RECIPE, sizes=(12,) * 8))
    reports = finish(run)
    assert [report.epoch for report in reports] == list(range(1, 9))
    assert reports[-1].loss < reports[0].loss
    assert reports[-1].train_accuracy > 0.9
    assert reports[-1].held_out_accuracy > 0.9
    assert reports[-1].held_out_pgd_accuracy is None
    assert uninterrupted[ROBUST].reports[-1].held_out_pgd_accuracy is not None


def test_validation_images_are_not_trained_on():
    images, _ = make_data()
    runs = []
    for held_out_value in (0, 255):
        images[-RECIPE.held_out :] = held_out_value
        run = make_run()
        run._images = images.clone()
        finish(run)
        runs.append(run)
    assert_same_weights(*runs)


def test_another_seed_gives_other_weights(uninterrupted):
    other = make_run(seed=1)
    finish(other)
    assert not torch.equal(other.averaged[-1].weight, uninterrupted[RECIPE].averaged[-1].weight)


def test_it_can_start_from_the_weights_of_another_network(uninterrupted):
    start = uninterrupted[RECIPE].averaged
    run = TrainingRun(NETWORK, ROBUST, *make_data(), torch.device("cpu"), start=start)
    assert all(torch.equal(value, start.state_dict()[key]) for key, value in run.module.state_dict().items())
    before = start[0].weight.clone()
    run.step()
    assert not torch.equal(run.module[0].weight, before)
    assert torch.equal(start[0].weight, before), "the other network is left alone"


def test_a_run_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    finish(make_run())
    assert torch.equal(torch.rand(3), expected)


def test_a_checkpoint_of_another_recipe_or_seed_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    write_checkpoint(path, make_run().state())
    for other in (make_run(seed=1), make_run(replace(RECIPE, peak_lr=0.3))):
        with pytest.raises(ModelError, match="another recipe or seed"):
            train_to_end(other, path)


class Schedule(Recipe):
    """A recipe under another name."""


class Perturbation(LinfAttack):
    """An attack under another name."""


def test_renaming_classes_does_not_refuse_the_checkpoint():
    interrupted = make_run(ROBUST)
    interrupted.step()
    renamed = Schedule(**(vars(ROBUST) | {"attack": Perturbation(**vars(ROBUST.attack))}))
    resumed = make_run(renamed)
    resumed.restore(interrupted.state())
    assert resumed.steps == 1


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", None])
def test_a_damaged_checkpoint_is_refused(tmp_path, content):
    path = checkpoint_path(tmp_path, "cifar10/resnet18")
    write_checkpoint(path, make_run().state())
    path.write_bytes(path.read_bytes()[:5000] if content is None else content)
    with pytest.raises(ModelError, match=r"checkpoint\.pt is damaged.*Delete it"):
        train_to_end(make_run(), path)


def test_without_a_checkpoint_there_is_nothing_to_read(tmp_path):
    assert read_checkpoint(tmp_path / "checkpoint.pt") is None


def test_a_failed_write_keeps_the_last_checkpoint(tmp_path):
    path = tmp_path / "checkpoint.pt"
    write_checkpoint(path, {"steps": 1})
    with pytest.raises(AttributeError):
        write_checkpoint(path, {"steps": 2, "unwritable": lambda: None})
    state = read_checkpoint(path)
    assert state is not None
    assert state["steps"] == 1


def test_a_diverging_training_stops():
    run = make_run()
    with torch.no_grad():
        run.module[0].weight.fill_(float("nan"))
    with pytest.raises(ModelError, match="loss of step 1 is nan"):
        run.step()


def test_too_few_images_are_refused():
    with pytest.raises(ModelError, match="do not fill one batch of 500"):
        make_run(replace(RECIPE, batch_size=500))


def robust_report(epoch, value):
    return EpochReport(epoch, 32, 1.0, 0.5, 0.8, value, 60.0)


def test_catastrophic_overfitting_stops_adversarial_training():
    past = [robust_report(1, 0.30), robust_report(2, 0.40)]
    guard_against_collapse(past, robust_report(3, 0.25))
    with pytest.raises(ModelError, match=r"collapsed in epoch 3.*from 40\.0 % to 5\.0 %"):
        guard_against_collapse(past, robust_report(3, 0.05))
    guard_against_collapse(past, robust_report(3, None))


def test_the_average_lags_behind_the_network():
    averaged, module = build(), build()
    before = averaged[0].weight.detach().clone()
    module[1].running_mean.fill_(2.0)
    module[1].num_batches_tracked.fill_(7)
    update_average(averaged, module, decay=0.75)
    torch.testing.assert_close(averaged[0].weight, 0.75 * before + 0.25 * module[0].weight)
    assert averaged[1].running_mean[0] == pytest.approx(0.5)
    assert averaged[1].num_batches_tracked == 7


def test_the_averaged_network_is_the_one_that_is_measured(uninterrupted):
    run = uninterrupted[RECIPE]
    images, labels = make_data()
    classifier = Classifier(run.averaged, run.network.mean, run.network.std)
    held_out = slice(-RECIPE.held_out, None)
    assert run.reports[-1].held_out_accuracy == accuracy(classifier, images[held_out], labels[held_out])


def blacken(logits_of, images, start, labels, attack):  # noqa: ARG001
    return torch.zeros_like(images)


@pytest.mark.parametrize(("clean_share", "clean"), [(0.0, 0), (0.25, 4), (1.0, 16)])
def test_a_share_of_each_batch_is_left_unperturbed(monkeypatch, clean_share, clean):
    monkeypatch.setattr("sparsefool.training.trainer.perturb", blacken)
    run = make_run(replace(ROBUST, clean_share=clean_share))
    seen = []
    for replica in run._data_parallel._replicas:
        replica.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].flatten(1)))
    run.step()
    images = torch.cat(seen)
    assert len(images) == RECIPE.batch_size
    assert int((images.std(1) > 0.5).sum()) == clean  # what is black varies by its channels' means only

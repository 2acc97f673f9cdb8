import pytest

from sparsefool.errors import ModelError, ParameterError
from sparsefool.training.recipes import RECIPES, find_recipe
from sparsefool.zoo.small_networks import SMALL_NETWORKS


def test_every_small_network_has_a_recipe():
    assert RECIPES.keys() == SMALL_NETWORKS.keys()


@pytest.mark.parametrize("name", RECIPES)
def test_the_last_epochs_see_the_full_image_size(name):
    assert RECIPES[name].sizes[-1] == (28 if name.startswith("mnist") else 32)
    assert list(RECIPES[name].sizes) == sorted(RECIPES[name].sizes)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nearly_nothing():
    recipe = find_recipe("cifar10/resnet18")
    rates = [recipe.learning_rate(step, 100) for step in range(100)]
    top = rates.index(max(rates))
    assert max(rates) == recipe.peak_lr
    assert top == pytest.approx(100 * recipe.warmup, abs=1)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[0] <= recipe.peak_lr / 10
    assert 0 < rates[-1] <= recipe.peak_lr / 50


def test_epochs_are_replaced_by_as_many_at_full_size():
    assert find_recipe("cifar10/resnet18").with_epochs(3).sizes == (32, 32, 32)


def test_the_robust_network_can_be_trained_with_more_attack_steps():
    attack = find_recipe("cifar10/resnet18-linf").with_attack_steps(7).attack
    assert attack is not None
    assert (attack.steps, attack.step_size, attack.epsilon) == (7, 2 / 255, 8 / 255)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ParameterError, match="adversarial training"):
        find_recipe("cifar10/vgg19").with_attack_steps(7)
    with pytest.raises(ParameterError, match="at least 1 epoch"):
        find_recipe("cifar10/vgg19").with_epochs(0)
    with pytest.raises(ModelError, match="no training recipe for 'imagenet/vgg16'"):
        find_recipe("imagenet/vgg16")

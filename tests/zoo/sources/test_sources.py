import pytest
import torch

from sparsefool.zoo.sources import SOURCES
from sparsefool.zoo.specs import MODELS, find_spec

ONE_OF_EACH = {
    "shipped": "mnist/lenet",
    "package": "imagenet/efficientnet-lite0",
    "torchvision": "torchvision/squeezenet1_1",
    "timm": "timm/mobilenetv3_small_050",
}


def test_every_network_has_a_source():
    assert {spec.source for spec in MODELS} <= SOURCES.keys() == {*ONE_OF_EACH, "own"}


@pytest.mark.parametrize("source", ONE_OF_EACH)
def test_a_network_is_built_with_random_weights(source):
    spec = find_spec(ONE_OF_EACH[source])
    assert spec.source == source
    torch.manual_seed(0)
    one, other = (SOURCES[source].build(spec).eval() for _ in range(2))
    assert not torch.equal(next(one.parameters()), next(other.parameters()))
    logits = one(torch.rand(1, spec.channels, *spec.input_size))
    assert logits.shape[1] in (10, 1000)


@pytest.mark.parametrize("source", ["shipped", pytest.param("package", marks=pytest.mark.imagenet)])
def test_a_network_that_comes_with_the_project_is_here_and_is_the_one_that_is_built(source):
    spec = find_spec(ONE_OF_EACH[source])
    assert SOURCES[source].locate(spec).is_file()
    told = []
    loaded = SOURCES[source].load(spec, lambda *step: told.append(step))
    built = SOURCES[source].build(spec)
    assert told == []
    shapes = [{name: each.shape for name, each in part.state_dict().items()} for part in (loaded, built)]
    assert shapes[0] == shapes[1]

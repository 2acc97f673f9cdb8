import pytest
import torch

from sparsefool.attacks import sigma_zero
from sparsefool.errors import ParameterError
from tests.attacks.networks import linear_network, random_images, small_network
from tests.reference import literal_baselines


@pytest.mark.parametrize("tuning", [{}, {"sigma": 0.05, "tau": 0.1, "t": 0.05, "eta_0": 0.4}])
def test_it_ends_where_the_literal_transcription_ends(tuning):
    network, images = small_network(1, 4, 4).double(), random_images(8, 1, 4, 4).double()
    names = {"sigma": "sigma", "tau": "threshold", "t": "threshold_factor", "eta_0": "step_size"}
    arguments = {names[name]: value for name, value in tuning.items()}
    result = sigma_zero(network, images, max_iter=60, **arguments)
    for i in range(len(images)):
        expected, fooled = literal_baselines.sigma_zero(network, images[i : i + 1], 60, **tuning)
        torch.testing.assert_close(result.adversarial[i], expected[0], atol=1e-6, rtol=0)
        assert bool(result.success[i]) == fooled


def test_on_a_linear_network_it_finds_the_fewest_features():
    weights = torch.randn(2, 30, generator=torch.Generator().manual_seed(0))
    network, images = linear_network(weights), random_images(20, 1, 5, 6)
    result = sigma_zero(network, images, max_iter=200)
    assert result.success.all()
    fewest = []
    for image in images.flatten(1):
        logits = weights @ image
        label = int(logits.argmax())
        w = weights[1 - label] - weights[label]
        reach = torch.where(w > 0, w * (1 - image), -w * image).sort(descending=True).values
        fewest.append(int((reach.cumsum(0) <= logits[label] - logits[1 - label]).sum()) + 1)
    extra = result.features_changed - torch.tensor(fewest)
    assert (extra >= 0).all()
    assert (extra == 0).float().mean() >= 0.9


def test_it_keeps_the_sparsest_image_that_fooled(network, images):
    events = []
    result = sigma_zero(network, images, max_iter=80, observer=events.append)
    for row in range(len(images)):
        seen = [(event, event.rows.tolist().index(row)) for event in events if row in event.rows.tolist()]
        sizes = [int((e.images[i] != images[row]).sum()) for e, i in seen if e.margins[i] < 0]
        assert bool(result.success[row]) == bool(sizes)
        if sizes:
            assert int(result.features_changed[row]) == min(sizes)


def test_everything_stays_within_0_and_1_and_one_feature_ends_the_search(network, images):
    result = sigma_zero(network, images, max_iter=80)
    assert ((result.adversarial >= 0) & (result.adversarial <= 1)).all()
    single = result.success & (result.features_changed == 1)
    assert single.any()
    assert (result.iterations[single] < 80).all()
    assert (result.iterations[~single] == 80).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_iter": 0}, "max_iter must be at least 1"),
        ({"sigma": 0.0}, "sigma and step_size must be positive"),
        ({"step_size": float("inf")}, "sigma and step_size must be positive"),
        ({"threshold": 1.2}, "threshold must lie between 0 and 1"),
        ({"threshold_factor": -0.1}, "threshold_factor be 0 or more"),
    ],
)
def test_bad_parameters_are_refused(network, images, arguments, message):
    with pytest.raises(ParameterError, match=message):
        sigma_zero(network, images, **arguments)

"""Somebody's own network, attacked as it is: what is claimed is what the plain network says."""

import copy
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import jaxtyping
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from sparsefool.attacks import (
    ATTACKS,
    check_8_bit,
    find_boundary,
    find_short_boundary,
    in_batches,
    sparsefool,
)
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import Outcome

pytestmark = pytest.mark.thorough

SHAPE = (3, 8, 8)
CLASSES = 5
SHORT = {
    "one_pixel": {"population": 8, "max_iter": 2, "max_pixels": 2},
    "sigma_zero": {"max_iter": 20},
    "random_pixels": {"counts": 20},
    "sparsefool": {"max_iter": 10},
    "sparsest": {"max_iter": 10},
    "deepfool": {"max_iter": 10},
    "l1_deepfool": {"max_iter": 10},
}


class StandardisedConvolution(nn.Conv2d):
    """Weight standardisation: a subclass whose forward uses another weight than ``weight``."""

    def forward(self, images):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return self._conv_forward(
            images, 3 * weight / (weight.std((1, 2, 3), keepdim=True) + 1e-5), self.bias
        )


class DualNormalisation(nn.BatchNorm2d):
    """As AdvProp's: a subclass that normalises in another way."""

    def forward(self, images):
        return super().forward(images).tanh() * 2


class SharedWeight(nn.Module):
    """A convolution whose weight is read elsewhere too."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)

    def forward(self, images):
        return self.bn(self.conv(images)) * (1 + self.conv.weight.square().sum())


class Flagged(nn.Module):
    """A Python attribute decides what it does."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn, self.sign = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), 1.0

    def forward(self, images):
        return self.sign * self.bn(self.conv(images))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(24, 12, batch_first=True)

    def forward(self, images):
        return self.cell(images.permute(0, 2, 1, 3).flatten(2))[0][:, -1]


class GatedNormalisation(nn.BatchNorm2d):
    """A gate of the whole map decides how much is normalised."""

    def forward(self, images):
        gate = images.mean((1, 2, 3), keepdim=True).sigmoid()
        return gate * super().forward(images) + (1 - gate) * images


class SameConvolutionTwice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.first, self.second = nn.BatchNorm2d(3), nn.BatchNorm2d(3)

    def forward(self, images):
        return self.second(self.conv(self.first(self.conv(images)).tanh()))


class Branching(nn.Module):
    """Python branches on the values, so nothing can be traced."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)

    def forward(self, images):
        features = self.conv(images)
        return self.bn(features) if len(images) > 0 else features


class Checkpointed(nn.Module):
    """Computes its features again in the backward pass."""

    def __init__(self):
        super().__init__()
        self.features = convolution(nn.Tanh())

    def forward(self, images):
        return torch.utils.checkpoint.checkpoint(self.features, images, use_reentrant=False)


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = convolution(nn.ReLU(inplace=True))

    def forward(self, images):
        return self.features(images.clone().sub_(0.1))


class Patched(nn.Module):
    """The forward of one layer was replaced on the object."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)
        plain = self.conv.forward
        self.conv.forward = lambda images: 2 * plain(images) + 1

    def forward(self, images):
        return self.bn(self.conv(images))


class GRUOutput(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(64, 8, batch_first=True)

    def forward(self, rows):
        return self.cell(rows)[0]


class Attention(nn.Module):
    """A little vision transformer."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.2, batch_first=True)

    def forward(self, images):
        return self.layer(self.patches(images).flatten(2).transpose(1, 2)).mean(1)


class Rounding(torch.autograd.Function):
    """A custom function with a straight-through gradient, which knows nothing of vmap."""

    @staticmethod
    def forward(_, values):
        return (4 * values).round() / 4

    @staticmethod
    def backward(_, gradient):
        return gradient.clone()


class Quantised(nn.Module):
    def forward(self, values):
        return Rounding.apply(values)


class Counting(nn.Module):
    """Writes to a buffer also in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, values):
        self.seen += 1
        return values


class TiedWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(192, 192), nn.Linear(192, 192)
        self.second.weight = self.first.weight

    def forward(self, images):
        return self.second(torch.tanh(self.first(images.flatten(1))))


def convolution(*more):
    return nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), *more)


def hooked(*, before):
    network = convolution()
    if before:
        network[1].register_forward_pre_hook(lambda _, values: (values[0] * 2 + 0.3,))
    else:
        network[0].register_forward_hook(lambda _, _values, output: output * 2 + 0.3)
    return network


def parametrized(wrap):
    network = convolution()
    wrap(network[0])
    return network


def pruned():
    network = convolution()
    prune.l1_unstructured(network[0], "weight", 0.5)
    return network


def old(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        network = convolution()
        getattr(nn.utils, name)(network[0])
    return network


def scripted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torch.jit.script(convolution(nn.ReLU()))


PARTS = {
    "plain": convolution,
    "relu and pool": lambda: convolution(nn.ReLU(), nn.MaxPool2d(2)),
    "standardised convolution": lambda: nn.Sequential(StandardisedConvolution(3, 6, 3), nn.BatchNorm2d(6)),
    "dual normalisation": lambda: nn.Sequential(nn.Conv2d(3, 6, 3), DualNormalisation(6)),
    "hook": lambda: hooked(before=False),
    "pre-hook": lambda: hooked(before=True),
    "shared weight": SharedWeight,
    "Python flag": Flagged,
    "spectral norm": lambda: parametrized(parametrizations.spectral_norm),
    "weight norm": lambda: parametrized(parametrizations.weight_norm),
    "orthogonal": lambda: parametrized(parametrizations.orthogonal),
    "old spectral norm": lambda: old("spectral_norm"),
    "old weight norm": lambda: old("weight_norm"),
    "pruned": pruned,
    "dropout": lambda: convolution(nn.Dropout(0.5)),
    "instance norm": lambda: nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6, track_running_stats=True)
    ),
    "group norm": lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.GroupNorm(2, 6), nn.GELU()),
    "LSTM": Recurrent,
    "transformer": Attention,
    "custom function": lambda: convolution(Quantised()),
    "counts calls": lambda: convolution(Counting()),
    "tied weights": TiedWeights,
    "one layer": nn.Flatten,
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(3, 6, 3), nn.BatchNorm2d(6)),
    "no affine": lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6, affine=False)),
    "no statistics": lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6)),
    "residual": lambda: nn.Sequential(convolution(), nn.SiLU(), nn.Conv2d(6, 6, 1), nn.BatchNorm2d(6)),
    "embedding of levels": lambda: nn.Sequential(nn.Flatten(), nn.Linear(192, 32), nn.LayerNorm(32)),
    "compiled": lambda: torch.compile(convolution(), backend="eager"),
    "data parallel": lambda: nn.DataParallel(convolution()),
    "gated normalisation": lambda: nn.Sequential(nn.Conv2d(3, 6, 3), GatedNormalisation(6)),
    "one convolution twice": SameConvolutionTwice,
    "branches on values": Branching,
    "checkpointed": Checkpointed,
    "in place": InPlace,
    "patched forward": Patched,
    "scripted": scripted,
    "lazy": lambda: nn.Sequential(nn.LazyConv2d(6, 3), nn.LazyBatchNorm2d()),
    "GRU": lambda: nn.Sequential(nn.Flatten(2), GRUOutput()),
    "bilinear": lambda: nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(3, 4, 3), nn.ELU()
    ),
}


def make_network(part, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PARTS[part]()
        network.train()
        images = torch.rand(64, *SHAPE)
        for _ in range(3):  # running statistics
            features = network((images - 0.5) / 0.5)
        network = nn.Sequential(network, nn.Flatten(), nn.Linear(features[0].numel(), CLASSES))
        return network, torch.rand(4, *SHAPE)


def plain_logits(network, images):
    """Ask the network itself, in evaluation mode, whatever has been done to it."""
    modes = {module: module.training for module in network.modules()}
    buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
    network.eval()
    with torch.no_grad():
        logits = network((images - 0.5) / 0.5)
        for buffer, before in buffers:
            buffer.copy_(before)
    for module, mode in modes.items():
        module.training = mode
    return logits


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("part", PARTS)
def test_success_is_what_the_plain_network_says(part, seed):
    network, images = make_network(part, seed)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    state = copy.deepcopy({name: value.clone() for name, value in network.state_dict().items()})
    with classifier.held(images):
        torch.testing.assert_close(classifier(images), plain_logits(network, images), atol=1e-4, rtol=1e-4)
    before = plain_logits(network, images).argmax(1)
    for spec in ATTACKS:
        options = dict(SHORT.get(spec.name, {}))
        if "generator" in spec.keywords:
            options["generator"] = torch.Generator().manual_seed(seed)
        result = spec.run(classifier, images, **options)
        logits = plain_logits(network, result.adversarial)
        surely = logits.topk(2).values.diff().abs()[:, 0] > 1e-4 * logits.abs().amax(1)
        assert torch.equal(result.labels, before)
        assert torch.equal((logits.argmax(1) != before)[surely], result.success[surely]), spec.name
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


def attacked(classifier, images):
    return sparsefool(classifier, images, lambda_=3.0, max_iter=10)


def set_flag(network, _):
    network[0].sign = -1.0


def replace_layer(network, generator):
    network[2] = nn.Linear(network[2].in_features, CLASSES)
    network[2].weight.data = torch.randn(network[2].weight.shape, generator=generator)


def write_data(network, generator):
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)


def write_into_data(network, generator):
    for parameter in network.parameters():
        parameter.data.copy_(torch.randn(parameter.shape, generator=generator))


def write_vector(network, generator):
    count = sum(parameter.numel() for parameter in network.parameters())
    nn.utils.vector_to_parameters(torch.randn(count, generator=generator), network.parameters())


def optimise(network, generator):
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0, fused=True)
    for parameter in network.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator)
    optimizer.step()
    optimizer.zero_grad()


def normalise_otherwise(network, generator):
    network[0].bn.running_mean.data = torch.randn(6, generator=generator)


@pytest.mark.parametrize(
    "change",
    [set_flag, replace_layer, write_data, write_into_data, write_vector, optimise, normalise_otherwise],
    ids=lambda change: change.__name__,
)
def test_the_network_is_attacked_as_it_is_now(change):
    network, images = make_network("Python flag", 3)
    network.eval()
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    attacked(classifier, images)
    change(network, torch.Generator().manual_seed(5))
    now = plain_logits(network, images)
    with classifier.held(images):
        torch.testing.assert_close(classifier(images), now, atol=1e-4, rtol=1e-4)
    result = attacked(classifier, images)
    assert torch.equal(result.labels, now.argmax(1))
    fooled = plain_logits(network, result.adversarial).argmax(1) != result.labels
    assert torch.equal(fooled, result.success)
    assert result.success.any()


def test_adversarial_training_goes_on_around_an_attack():
    network, images = make_network("plain", 0)
    labels = torch.arange(4)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01, fused=True)
    losses = []
    for _ in range(10):
        result = sparsefool(classifier, images, labels, max_iter=3)
        fooled = plain_logits(network, result.adversarial).argmax(1) != labels
        assert torch.equal(result.success, fooled)
        assert network.training
        batch = torch.cat([images, result.adversarial])
        loss = nn.functional.cross_entropy(network((batch - 0.5) / 0.5), labels.repeat(2))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(nn.functional.cross_entropy(plain_logits(network, images), labels).item())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_a_network_without_gradients_is_attacked_without_them_or_refused(spec):
    network, images = make_network("plain", 0)
    classifier = wrap(Returning(network, lambda logits: logits.detach()))
    options = SHORT.get(spec.name, {})
    if spec.name in ("one_pixel", "random_pixels"):
        result = spec.run(classifier, images, **options)
        fooled = plain_logits(network, result.adversarial).argmax(1) != result.labels
        assert torch.equal(fooled, result.success)
    else:
        with pytest.raises(ParameterError, match="gives no gradients"):
            spec.run(classifier, images, **options)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_quantised_layers_claim_nothing_that_is_not_so(spec):
    network, images = make_network("plain", 0)
    quantised = torch.ao.quantization.quantize_dynamic(network.eval(), {nn.Linear})
    options = dict(SHORT.get(spec.name, {}))
    if "generator" in spec.keywords:  # it quantises batch by batch: by other draws, a close logit may tip
        options["generator"] = torch.Generator().manual_seed(0)
    result = spec.run(wrap(quantised), images, **options)
    fooled = plain_logits(quantised, result.adversarial).argmax(1) != result.labels
    assert torch.equal(fooled, result.success)


def test_a_network_that_ignores_the_image_has_no_gradient():
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.logits = nn.Parameter(torch.tensor([1.0, 2.0, 4.0]))

        def forward(self, images):
            return self.logits + 0 * images.flatten(1).sum(1, keepdim=True)

    result = attacked(wrap(Constant()), torch.rand(2, *SHAPE))
    assert (result.outcomes == Outcome.GRADIENT_VANISHED).all()


def test_two_threads_attack_one_network_at_once():
    network, images = make_network("dropout", 0)
    classifier = wrap(network)
    expected = attacked(classifier, images)
    barrier = threading.Barrier(4)

    def work(_):
        barrier.wait()
        return [attacked(classifier, images).adversarial for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        for adversarials in pool.map(work, range(4)):
            assert all(torch.equal(each, expected.adversarial) for each in adversarials)
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_an_error_within_an_attack_leaves_the_network_as_it_was():
    network, images = make_network("plain", 0)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)

    def fail(_):
        raise KeyError("enough")

    with pytest.raises(KeyError):
        sparsefool(classifier, images, observer=fail)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    attacked(classifier, images)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode], ids=["no_grad", "inference_mode"])
@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_attacks_run_in_every_mode_of_autograd(spec, mode):
    with torch.enable_grad():  # running statistics
        network, images = make_network("plain", 0)
    with mode():
        network, images = copy.deepcopy(network), images.clone()
        classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
        result = spec.run(classifier, images, **SHORT.get(spec.name, {}))
    assert not result.adversarial.is_inference()
    attacked(classifier, images.clone())


@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_attacks_run_under_autocast(spec):
    network, images = make_network("plain", 0)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    options = dict(SHORT.get(spec.name, {}))
    if "generator" in spec.keywords:
        options["generator"] = torch.Generator().manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        result = spec.run(classifier, images, **options)
    if "generator" in spec.keywords:
        options["generator"].manual_seed(0)
    assert torch.equal(result.adversarial, spec.run(classifier, images, **options).adversarial)


@pytest.mark.parametrize(
    ("network_dtype", "image_dtype"),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float64, torch.float32),
        (torch.float32, torch.float64),
        (torch.float64, torch.float64),
        (torch.float32, torch.float16),
    ],
)
@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_every_precision_works(spec, network_dtype, image_dtype):
    network, images = make_network("relu and pool", 1)
    classifier = Classifier(network.to(network_dtype), (0.5,) * 3, (0.5,) * 3)
    result = spec.run(classifier, images.to(image_dtype), **SHORT.get(spec.name, {}))
    assert result.adversarial.dtype == torch.promote_types(image_dtype, torch.float32)
    assert result.adversarial.isfinite().all()


def test_the_result_shares_nothing_with_what_was_given():
    network, images = make_network("plain", 0)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    given = images.clone().requires_grad_()
    result = attacked(classifier, given)
    before = result.adversarial.clone(), result.perturbation.clone(), result.pixels_changed.clone()
    with torch.no_grad():
        given.zero_()
    assert torch.equal(result.images, images)
    assert torch.equal(result.perturbation, before[1])
    assert torch.equal(result.pixels_changed, before[2])
    assert not any(getattr(result, name).requires_grad for name in ("images", "adversarial"))


@pytest.mark.parametrize("find", [find_boundary, find_short_boundary])
def test_a_first_boundary_of_other_images_is_refused(find):
    network, images = make_network("plain", 0)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    boundary = find(classifier, images)
    run = ATTACKS[0].run if find is find_boundary else ATTACKS[1].run
    run(classifier, images, first_boundary=boundary)
    with pytest.raises(ParameterError, match="belongs to 4 other images"):
        run(classifier, images.flip(0), first_boundary=boundary)


class Returning(nn.Module):
    """Returns the logits of a network in another form."""

    def __init__(self, network, form):
        super().__init__()
        self.network, self.form = network, form

    def forward(self, images):
        return self.form(self.network(images))


class Output:
    def __init__(self, logits):
        self.logits = logits


FORMS = {
    "tuple": lambda logits: (logits, None),
    "list": lambda logits: [logits],
    "dictionary": lambda logits: {"logits": logits, "features": logits * 2},
    "one entry": lambda logits: {"out": logits},
    "object": Output,
    "maps of one pixel": lambda logits: logits[:, :, None, None],
}


@pytest.mark.parametrize("form", FORMS)
def test_logits_are_taken_out_of_what_the_network_returns(form):
    network, images = make_network("plain", 0)
    expected = attacked(Classifier(network, (0.5,) * 3, (0.5,) * 3), images)
    found = attacked(Classifier(Returning(network, FORMS[form]), (0.5,) * 3, (0.5,) * 3), images)
    torch.testing.assert_close(found.adversarial, expected.adversarial)


@pytest.mark.parametrize(
    "form", [lambda logits: logits[:, :1], lambda logits: logits[:, 0]], ids=["[n,1]", "[n]"]
)
def test_one_logit_becomes_two_classes(form):
    network, images = make_network("plain", 0)
    classifier = Classifier(Returning(network, form), (0.5,) * 3, (0.5,) * 3)
    result = attacked(classifier, images)
    logit = plain_logits(network, images)[:, 0]
    assert torch.equal(result.labels, (logit > 0).long())
    assert result.success.all()


@pytest.mark.parametrize(
    "form",
    [
        lambda _: None,
        lambda logits: logits[:2],
        lambda logits: logits.argmax(1),
        lambda _: "cat",
        lambda _: {},
    ],
    ids=["nothing", "another batch", "labels", "text", "empty"],
)
def test_what_holds_no_logits_is_refused(form):
    network, images = make_network("plain", 0)
    with pytest.raises(ParameterError, match="The network must return"):
        attacked(Classifier(Returning(network, form), (0.5,) * 3, (0.5,) * 3), images)


def test_probabilities_are_recognised_and_attacked_through_their_logarithm():
    network, images = make_network("plain", 0)
    network[2].weight.data *= 30
    sure = Returning(network, lambda logits: logits.softmax(1))
    with pytest.warns(UserWarning, match="seems to return probabilities"):
        unaware = attacked(Classifier(sure, (0.5,) * 3, (0.5,) * 3), images)
    declared = attacked(Classifier(sure, (0.5,) * 3, (0.5,) * 3, outputs="probabilities"), images)
    assert declared.success.sum() >= unaware.success.sum()
    assert declared.success.all()
    with pytest.raises(ParameterError, match="outputs must be one of logits, probabilities"):
        Classifier(sure, (0.5,) * 3, (0.5,) * 3, outputs="odds")


@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_a_masked_class_is_no_candidate(spec):
    network, images = make_network("plain", 0)

    def mask(logits):
        return torch.cat([logits, torch.full_like(logits[:, :1], -torch.inf)], dim=1)

    options = dict(SHORT.get(spec.name, {}))
    results = []
    for module in (network, Returning(network, mask)):
        if "generator" in spec.keywords:
            options["generator"] = torch.Generator().manual_seed(0)
        results.append(spec.run(Classifier(module, (0.5,) * 3, (0.5,) * 3), images, **options))
    plain, masked = results
    assert (masked.adversarial_labels < CLASSES).all()
    assert not (masked.outcomes == Outcome.NOT_FINITE).any()
    if spec.name != "jsma":  # its random aim is drawn among one class more
        assert torch.equal(masked.success, plain.success)


def test_two_equal_classes_do_not_stop_sigma_zero():
    network, images = make_network("plain", 0)
    network.eval()
    label = int(plain_logits(network, images[:1]).argmax(1))
    twin = (label + 1) % CLASSES
    with torch.no_grad():
        network[2].weight[twin], network[2].bias[twin] = network[2].weight[label], network[2].bias[label]
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    spec = next(each for each in ATTACKS if each.name == "sigma_zero")
    result = spec.run(classifier, images[:1], torch.tensor([min(label, twin)]), max_iter=100)
    assert result.success.all()


def test_arrays_and_lists_are_taken_and_classes_may_be_named():
    network, images = make_network("plain", 0)
    names = ("ant", "bee", "cat", "dog", "elk")
    classifier = Classifier(network, np.array([0.5] * 3), torch.tensor([0.5] * 3), names)
    labels = plain_logits(network, images).argmax(1)
    target = (labels + 1) % CLASSES
    expected = sparsefool(classifier, images, labels, target=target, lambda_=3.0)
    for given in (images.numpy(), images.tolist()):
        for classes in (labels.numpy(), labels.tolist()):
            found = sparsefool(
                classifier, given, classes, target=[names[each] for each in target], lambda_=[3.0] * 4
            )
            torch.testing.assert_close(found.adversarial, expected.adversarial)
    region = np.zeros((8, 8), dtype=bool)
    region[2:6, 2:6] = True
    result = sparsefool(classifier, images, region=region, delta=np.array([255.0] * 4))
    assert not ((result.adversarial != result.images).any(1) & ~torch.from_numpy(region)).any()
    batches = in_batches(
        sparsefool, classifier, images, target=target.tolist(), batch_size=3, lambda_=[3.0] * 4
    )
    torch.testing.assert_close(batches.adversarial, expected.adversarial, atol=1e-4, rtol=1e-4)


BAD = {
    "a plain module": (
        lambda network, images: sparsefool(network, images),
        "needs a Classifier; this is Sequential",
    ),
    "a state dict": (
        lambda network, _: Classifier(network.state_dict(), (0.5,) * 3, (0.5,) * 3),
        "wraps a network, an nn.Module; this is OrderedDict",
    ),
    "names of other classes": (
        lambda network, images: attacked(Classifier(network, (0.5,) * 3, (0.5,) * 3, ("ant", "bee")), images),
        "has 5 classes, but 2 names were given",
    ),
    "overwritten activations": (
        lambda network, images: attacked(
            wrap(Returning(network, lambda logits: logits.relu().mul_(2))), images
        ),
        "gives no gradients: .* modified by an inplace operation",
    ),
    "mean NaN": (lambda network, _: Classifier(network, (float("nan"),) * 3, (0.5,) * 3), "one finite value"),
    "std text": (lambda network, _: Classifier(network, (0.5,), ("half",)), "must be numbers"),
    "no images": (lambda network, _: attacked(wrap(network), torch.zeros(0, *SHAPE)), "n ≥ 1"),
    "0 x 0": (lambda network, _: attacked(wrap(network), torch.zeros(1, 3, 0, 0)), "height and width"),
    "8-bit": (lambda network, images: attacked(wrap(network), (255 * images).byte()), "float tensor"),
    "text": (lambda network, _: attacked(wrap(network), "cat.png"), "images must be a float tensor"),
    "no array": (lambda network, _: attacked(wrap(network), [[1], [2, 3]]), "images must be a float tensor"),
    "wrong size": (
        lambda network, _: attacked(wrap(network), torch.rand(2, 3, 9, 9)),
        r"cannot take images of \(3, 9, 9\)",
    ),
    "wrong channels": (lambda network, _: attacked(wrap(network), torch.rand(2, 1, 8, 8)), r"3 channel\(s\)"),
    "target of another length": (
        lambda network, images: sparsefool(wrap(network), images, target=[1, 2]),
        r"target must be integers \[4\]",
    ),
    "target of no name": (
        lambda network, images: sparsefool(wrap(network), images, target="cat"),
        "exactly one class",
    ),
    "iterations with a fraction": (
        lambda network, images: sparsefool(wrap(network), images, max_iter=2.0),
        "max_iter must be a whole number; it is 2.0",
    ),
    "batches of another length": (
        lambda network, images: in_batches(sparsefool, wrap(network), images, target=[3, 4], batch_size=2),
        "target must have one entry per image, 4; it has 2",
    ),
    "λ as text": (
        lambda network, images: sparsefool(wrap(network), images, lambda_="three"),
        "lambda_ must be",
    ),
}


def wrap(network):
    return Classifier(network, (0.5,) * 3, (0.5,) * 3)


@pytest.fixture
def unchecked():
    """Leave arguments of a wrong type to the library itself: the type checker is the tests' own."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_used_is_said_in_one_sentence(bad):
    network, images = make_network("plain", 0)
    do, message = BAD[bad]
    with pytest.raises(ParameterError, match=message):
        do(network, images)


def test_a_gradient_that_is_nan_is_named():
    class Root(nn.Module):
        def forward(self, images):
            total = (images.flatten(1).sum(1, keepdim=True) * 0).sqrt()  # its slope at 0 is infinite, times 0
            return torch.cat([2 + total, total], dim=1)

    result = attacked(Classifier(Root(), (0.0,) * 3, (1.0,) * 3), torch.rand(2, *SHAPE))
    assert (result.outcomes == Outcome.NOT_FINITE).all()
    assert "gradient" in result.reason(0)


@pytest.mark.usefixtures("unchecked")
def test_an_exported_program_can_be_attacked():
    network, images = make_network("relu and pool", 0)
    network.eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(network, (images,), dynamic_shapes=({0: batch},))
    with pytest.raises(ParameterError, match="module"):
        Classifier(program, (0.5,) * 3, (0.5,) * 3)
    result = attacked(Classifier(program.module(), (0.5,) * 3, (0.5,) * 3), images)
    assert torch.equal(plain_logits(network, result.adversarial).argmax(1) != result.labels, result.success)


def test_the_8_bit_check_asks_the_network_itself():
    network, images = make_network("plain", 0)
    classifier = Classifier(network, (0.5,) * 3, (0.5,) * 3)
    checked = check_8_bit(classifier, attacked(classifier, images), 255.0)
    torch.testing.assert_close(checked.logits, plain_logits(network, checked.images))

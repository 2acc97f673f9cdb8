"""A network that is made in no time, in the place of a real one."""

from collections import defaultdict
from uuid import uuid4

from sparsefool.backend import models
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.classifier import Classifier
from sparsefool.data.pictures import Picture
from sparsefool.data.specs import class_names
from tests.attacks.networks import random_images, small_network

TINY = "cifar10/resnet18"
"""The name whose loader :func:`put_in_place` replaces."""


LABEL = 3
"""What the network sees in noise: a cat, and surely enough that it takes a few iterations to fool."""


def tiny_classifier():
    network = small_network(height=32, width=32, classes=10)
    network.module[1].weight.mul_(3)
    network.module[-1].bias[LABEL] += 14
    return Classifier(network.module, (0.5,) * 3, (0.5,) * 3, class_names("cifar10"), TINY)


def tiny_picture(seed=1):
    return Picture.from_tensor(random_images(1, height=32, width=32, seed=seed)[0], "noise.png")


def tiny_request(**parameters):
    """Return a request to attack the tiny picture on the network that is in place."""
    return AttackRequest(TINY, tiny_picture(), device="cpu", **parameters)


def put_in_place(monkeypatch, classifier):
    """Load ``classifier`` whatever is asked for; its weights have a hash that no cache knows yet."""
    weights = uuid4().hex
    empty = defaultdict(lambda: RecentlyUsed(models.MODELS_PER_DEVICE))
    monkeypatch.setattr(models, "_loaded", empty)
    monkeypatch.setattr(models, "load_model", lambda *_: classifier)
    monkeypatch.setattr(models, "weights_sha256", lambda _: weights)
    monkeypatch.setattr(models, "is_available", lambda _: True)

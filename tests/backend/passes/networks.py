"""Networks that count what passes through them, and attacks on them that begin at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn

from sparsefool import Classifier

TOGETHER = 6
SOON = 30.0


class Counting(nn.Module):
    """A network that notes how many images pass at once, and may refuse or fail on some."""

    def __init__(self, most=1000):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Tanh(), nn.Flatten(), nn.Linear(512, 5)
        )
        self.most = most
        self.sizes = []

    def forward(self, images):
        self.sizes.append(len(images))
        if len(images) > self.most:
            raise torch.OutOfMemoryError("too many images")
        return self.layers(images)


def counting(**options):
    network = Counting(**options)
    classifier = Classifier(network.double(), mean=(0.5,) * 3, std=(0.25,) * 3)
    return network, classifier


def pictures(count=TOGETHER):
    return list(
        torch.rand(count, 1, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    )


def at_once(passes, work, images):
    """Run ``work(classifier, image)`` for all images, all threads joined before the first passes."""
    barrier = threading.Barrier(len(images))

    def joined(image):
        with passes.joined() as classifier:
            barrier.wait(SOON)
            return work(classifier, image)

    with ThreadPoolExecutor(len(images)) as pool:
        return [each.result(SOON) for each in [pool.submit(joined, image) for image in images]]

"""Pictures that the app does not have, and rows of attacks on them, as if somebody had measured them."""

import torch
from torch import nn

from sparsefool.classifier import Classifier
from sparsefool.data.picture_sets import keep_set, open_set
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks
from sparsefool.zoo.specs import find_spec
from tests.data.made_pictures import make_folder

TITLE = "pictures of noise"


def made_set(folder, dataset="cifar10", count=25):
    """Make pictures of noise; return the set of them, which the pages know."""
    make_folder(folder, [f"{number % 10}/{number}.png" for number in range(count)])
    found = open_set(folder, dataset, name="noise", title=TITLE)
    keep_set(found)
    return found


def network(model):
    """Return a network that is made in no time and has a feature map, in the place of a real one."""
    spec = find_spec(model)
    generator = torch.Generator().manual_seed(sum(map(ord, model)))
    module = nn.Sequential(
        nn.Conv2d(3, 4, 4, stride=4), nn.Softplus(), nn.Flatten(), nn.Linear(256, len(spec.class_names))
    )
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * parameter.shape[-1] ** -0.5
    return Classifier(module.requires_grad_(False), (0.5,) * 3, (0.5,) * 3, spec.class_names, model)


def measure(experiment):
    """Measure an experiment on the networks of :func:`network`."""
    for _ in run_tasks(experiment, RunContext("cpu", RecordStore(), load=network)):
        pass

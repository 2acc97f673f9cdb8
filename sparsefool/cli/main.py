"""The command line: ``sparsefool``, or ``python -m sparsefool``."""

import click

from sparsefool.cli.annotate import annotate
from sparsefool.cli.app import app
from sparsefool.cli.attack import attack
from sparsefool.cli.evaluate import evaluate
from sparsefool.cli.experiments.experiment import experiment
from sparsefool.cli.experiments.first_pictures import openings, planes, samples
from sparsefool.cli.experiments.parts import findings, parts
from sparsefool.cli.experiments.reproduce import reproduce
from sparsefool.cli.experiments.speed import speed
from sparsefool.cli.experiments.warm_starts import moves
from sparsefool.cli.fetch import fetch
from sparsefool.cli.models import models
from sparsefool.cli.terminal import CommandGroup
from sparsefool.cli.train import train


@click.group(cls=CommandGroup)
def main() -> None:
    """Sparse adversarial perturbations: attack networks with SparseFool, and train small ones."""


for command in (app, attack, annotate, models, fetch, train, evaluate, experiment, reproduce):
    main.add_command(command)
for command in (parts, findings, openings, samples, planes, speed, moves):
    experiment.add_command(command)

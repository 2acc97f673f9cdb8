"""The command line: ``python -m sparsefool``."""

import click

from sparsefool.commands.attack import attack
from sparsefool.commands.evaluate import evaluate
from sparsefool.commands.experiment import experiment
from sparsefool.commands.models import models
from sparsefool.commands.moves import moves
from sparsefool.commands.speed import speed
from sparsefool.commands.terminal import CommandGroup
from sparsefool.commands.train import train


@click.group(cls=CommandGroup)
def main() -> None:
    """Sparse adversarial perturbations: attack networks with SparseFool, and train small ones."""


for command in (attack, models, train, evaluate, experiment):
    main.add_command(command)
experiment.add_command(speed)
experiment.add_command(moves)

if __name__ == "__main__":
    main(prog_name="python -m sparsefool")

"""The command line: ``python -m sparsefool``."""

import click

from sparsefool.commands.attack import attack
from sparsefool.commands.models import models
from sparsefool.commands.terminal import CommandGroup


@click.group(cls=CommandGroup)
def main() -> None:
    """Sparse adversarial perturbations: attack networks with SparseFool."""


main.add_command(attack)
main.add_command(models)

if __name__ == "__main__":
    main(prog_name="python -m sparsefool")

"""The command of a comparison."""

from sparsefool.store.tables import Table
from sparsefool.zoo.specs import find_spec


def command_for(table: Table) -> str:
    """Return the command that measures a comparison again, as near as the command line gets to it."""
    contests = table.provenance["description"]["contests"]
    models = list(dict.fromkeys(contest["model"] for contest in contests))
    titles = list(dict.fromkeys(contest["setting"]["title"] for contest in contests))
    words = [f"python -m sparsefool experiment comparison {find_spec(models[0]).dataset}"]
    words += [f"--model {model}" for model in models]
    words += [f'--attack "{title}"' for title in titles]
    return " ".join([*words, f"--images {max(contest['images'] for contest in contests)}"])

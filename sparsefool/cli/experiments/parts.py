"""``python -m sparsefool experiment parts`` and ``findings``: where perturbations fall (Section 4.2)."""

from pathlib import Path

import click

from sparsefool import paths
from sparsefool.analysis.findings.compute import store_findings
from sparsefool.analysis.findings.parts import shipped_annotations
from sparsefool.analysis.part_findings import part_findings
from sparsefool.cli.experiments.experiment import INTERVAL
from sparsefool.cli.experiments.pictures import DATA
from sparsefool.cli.experiments.running import DATASET, MODELS, RunOptions, run_in_terminal, with_run_options
from sparsefool.data.annotations import read_annotations
from sparsefool.data.listings.find import place_of
from sparsefool.data.specs import find_dataset
from sparsefool.experiments.annotated import SETTINGS, annotated_pictures
from sparsefool.experiments.paper.defaults import networks_of
from sparsefool.experiments.records.attack_settings import sparsefool_setting
from sparsefool.experiments.records.store import RecordStore
from sparsefool.formats import interval, p_value, percent, signed


@click.command()
@DATASET
@MODELS
@click.option(
    "--annotations",
    "files",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="Annotated parts of pictures (see the command annotate); again for more.  [default: the project's]",
)
@DATA
@click.option("--lambda", "lambda_", type=float, help="λ.  [default: the paper's]")
@click.option("--sparsest", is_flag=True, help="The attack sparsest instead of SparseFool.")
@click.option("--weighted", is_flag=True, help="Count each pixel by how much it changed.")
@with_run_options
def parts(
    dataset: str,
    models: tuple[str, ...],
    files: tuple[Path, ...],
    place: Path | None,
    lambda_: float | None,
    sparsest: bool,
    weighted: bool,
    options: RunOptions,
) -> None:
    """On which annotated parts the perturbations fall, such as heads and wings (Section 4.2).

    Only the annotated pictures are attacked.
    """
    annotations = [each for file in files for each in read_annotations(file)] or shipped_annotations(dataset)
    if sparsest:
        setting = SETTINGS["sparsest"]
    else:
        setting = sparsefool_setting(find_dataset(dataset).paper_lambda if lambda_ is None else lambda_)
    chosen, holds = networks_of(dataset, models), RecordStore(options.results).holds
    where = place_of(dataset, place)
    planned = annotated_pictures(dataset, chosen, setting, annotations, holds, where)
    rows = run_in_terminal(planned, options).rows
    for model in planned.models:
        for found in part_findings(rows[rows["model"] == model], model, annotations, weighted=weighted):
            if found.n == 0:
                click.echo(f"{model}, {found.part}: no annotated image fooled")
                continue
            baselines = (
                ("random places", found.random),
                ("other images", found.others),
                ("disc", found.centre),
            )
            against = ", ".join(
                f"{name} {signed(100 * each.gain.value, 1)} points ({p_value(each.p)}, n = {each.n})"
                for name, each in baselines
            )
            click.echo(
                f"{model}, {found.part}: {percent(found.share, 1)} of the pixels on the object, "
                f"{percent(found.area, 1)} of its area, "
                f"{found.of_object.value:.2f} times{interval(found.of_object, '.2f', INTERVAL)}; "
                f"against {against}; n = {found.n}"
            )


@click.command()
@DATASET
@MODELS
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=paths.OWN_RESULTS,
    help="Where rows are kept.  [default: runs/results]",
)
def findings(dataset: str, models: tuple[str, ...], results: Path) -> None:
    """Compute what the Regions page opens with, and store it in assets/findings.

    It is computed from the rows that there are, of each network and attack; the command parts measures them.
    """
    counts = store_findings(dataset, networks_of(dataset, models), RecordStore(results))
    for name, rows in counts.items():
        click.echo(f"{name}: {rows} rows")
    click.echo(f"They are kept in {paths.FINDINGS}", err=True)

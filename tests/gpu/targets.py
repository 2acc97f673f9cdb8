"""Are the targets for a GPU met? python -m tests.gpu.targets FOLDER, which bench.sh has filled."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from sparsefool.formats import percent


@dataclass(frozen=True)
class Target:
    """A bound on one figure of the engine, from a file that ``sparsefool experiment speed --json`` wrote.

    Attributes:
        file: the file.
        batch_size: of the row; None for the largest.
        milliseconds: per image at most.
        share: of the time that is the floor, at least.
    """

    file: str
    batch_size: int | None
    milliseconds: float | None = None
    share: float | None = None

    def check(self, report: dict[str, Any]) -> tuple[str, bool]:
        """Return the figure beside its bound, and whether it is met."""
        rows = {row["batch_size"]: row for row in report["rows"] if row["competitor"] == "engine"}
        row = rows[self.batch_size or max(rows)]
        what = f"{report['model']}, batch {row['batch_size']}, {report['device']}:"
        if self.milliseconds is not None:
            found = median(row["seconds"]) * 1000
            return f"{what} {found:.1f} ms, at most {self.milliseconds:g}", found <= self.milliseconds
        assert self.share is not None
        found = 1 / median(row["times_floor"])
        return (
            f"{what} {percent(found)} of the time is the floor, at least {percent(self.share)}",
            found >= self.share,
        )


TARGETS = (
    Target("cifar10-single.json", 1, milliseconds=40),
    Target("cifar10-batch.json", None, share=0.6),
)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--report-only", is_flag=True, help="A missed target is no failure: this is no GPU.")
@click.pass_context
def main(context: click.Context, folder: Path, report_only: bool) -> None:
    """Print each figure beside its target. The exit code is 1 where one is missed or was not measured."""
    failed = False
    for target in TARGETS:
        path = folder / target.file
        if path.is_file():
            text, met = target.check(json.loads(path.read_text(encoding="utf-8")))
        else:
            text, met = f"{target.file} was not written", False
        click.echo(f"{'met' if met else 'MISSED'}: {text}")
        failed |= not met and not (report_only and path.is_file())
    context.exit(int(failed))


if __name__ == "__main__":
    main()

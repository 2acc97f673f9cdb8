"""``python -m tests.kept_promise MODEL``: how much of what a network's planes promise it keeps.

SparseFool trusts the plane that DeepFool puts to the decision boundary (Section 3.2). Each iteration moves
onto a plane that promises a fall of the margin; a linear network would keep all of it.
"""

from collections.abc import Callable
from pathlib import Path

import click
import torch
from torch import Tensor

from sparsefool import load_model
from sparsefool.analysis.statistics import estimate_median, estimate_rate
from sparsefool.attacks import sparsefool
from sparsefool.formats import with_interval
from sparsefool.types import StepEvent
from sparsefool.zoo.specs import find_spec
from tests.attacked_images import attacked_images


class Falls:
    """The falls of the margins of some images, as promised and as kept.

    Attributes:
        kept, promised: over all iterations [n], in logits.
        first: the share kept in the first iteration [n]; NaN where there was none.
    """

    def __init__(self, margins: Tensor) -> None:
        self.kept, self.promised = (torch.zeros_like(margins) for _ in range(2))
        self.first = torch.full_like(margins, torch.nan)
        self._margins = margins.clone()

    def observer(self, row: int) -> Callable[[StepEvent], None]:
        """Return what notes the iterations of the image at ``row``, attacked alone."""

        def note(event: StepEvent) -> None:
            promised = event.promised_margins
            assert promised is not None
            before = self._margins[row].clone()
            self.promised[row] += before - promised[0]
            self.kept[row] += before - event.margins[0]
            self._margins[row] = event.margins[0]
            if event.iteration == 1:
                self.first[row] = self.kept[row] / self.promised[row]

        return note


@click.command()
@click.argument("model")
@click.option("--images", type=click.IntRange(1), default=20, show_default=True)
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Other pictures of the data set.")
@click.option("--lambda", "lambda_", type=click.FloatRange(1), default=3.0, show_default=True)
def main(model: str, images: int, data: Path | None, lambda_: float) -> None:
    """Attack MODEL's first images one by one with SparseFool, δ = 255."""
    spec, classifier = find_spec(model), load_model(model, device="cpu")
    originals = attacked_images(spec, images, data)
    with torch.no_grad():
        top = torch.cat([classifier(each[None]) for each in originals]).topk(2, dim=1).values
    falls = Falls(top[:, 0] - top[:, 1])
    results = [
        sparsefool(classifier, each[None], lambda_=lambda_, observer=falls.observer(row))
        for row, each in enumerate(originals)
    ]
    fooled = estimate_rate(sum(int(each.success.sum()) for each in results), len(results))
    first, every = (
        with_interval(estimate_median(shares[~shares.isnan()].tolist()).times(100), ".1f", " %")
        for shares in (falls.first, falls.kept / falls.promised)
    )
    click.echo(
        f"{model}, n = {len(results)}, λ = {lambda_:g}: fooled "
        f"{with_interval(fooled.times(100), '.1f', ' %')}; "
        f"kept of the fall that was promised, medians: first iteration {first}, all iterations {every}"
    )


if __name__ == "__main__":
    main()

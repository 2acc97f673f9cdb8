"""The one-pixel attack: differential evolution over places and colours, without gradients.

How it differs from SciPy's ``differential_evolution``, and why it is implemented here:

- each image has a population of its own, and the candidates of all images pass through the network in
  shared batches; SciPy minimises one function at a time;
- DE/rand/1 without crossover and with a fixed F, as Su et al. write; SciPy's default is best/1 with binomial
  crossover and a factor drawn again for each generation;
- a generation replaces its parents all at once (SciPy: ``updating="deferred"``);
- the first population is that of Su et al., not a Latin hypercube;
- a value beyond its bound is clipped to it; SciPy draws it again;
- candidates that paint the same image as another or as a parent share its pass through the network: with
  k = 1 most do, once the population has converged;
- the search stops when the label changes or after ``max_iter`` generations, never because the population has
  converged, and the result is not polished by a gradient method.
"""

from itertools import count

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.differential_evolution import (
    first_candidates,
    mutants,
    paint,
    pixels_of,
    within_bounds,
)
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import step_event
from sparsefool.attacks.core.population import Population, evaluate_candidates
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer


@attack
@torch.no_grad()
def one_pixel(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    max_pixels: int = 5,
    max_iter: int = 100,
    population: int = 400,
    mutation: float = 0.5,
    batch_size: int = 512,
    target: int | Tensor | None = None,
    generator: torch.Generator | None = None,
    observer: Observer | None = None,
) -> AttackResult:
    """Run the one-pixel attack (Su, Vargas, Sakurai, 2017) on a batch; norm ℓ0 of pixels.

    Differential evolution over k pixels, each a row, a column and a colour: the cost is the label's
    probability (minus the target's in a targeted attack), as log-odds so that it never saturates. k rises
    from 1, each time with a new population, until a candidate changes the label (the comparison of the
    SparseFool paper, Section 4.1). Colours are whole 255ths, so the result is an 8-bit image if the original
    is one.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        max_pixels: the largest k; 5 is the largest of Su et al.
        max_iter: generations for each k, after its first population.
        population: candidates per image, at least 4.
        mutation: F, above 0 up to 2.
        batch_size: candidates that pass through the network at a time.
        target: a class to reach, or one per image; None for any class other than the label.
        generator: makes the search repeatable for this very batch; torch's default if None.
        observer: called after the first population of each k and after each generation, with the best
            candidate of each image; ``iterations`` counts the same.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> result = one_pixel(classifier, images, generator=torch.Generator().manual_seed(0))
        >>> result.pixels_changed, result.forwards
    """
    _check_tuning(max_pixels, max_iter, population, mutation, batch_size)
    height, width = images.shape[2:]
    state = AttackState.from_logits(images, classifier(images), labels, target)
    iterations = count(1)
    for pixels in range(1, min(max_pixels, height * width) + 1):
        rows = state.unfinished()
        if len(rows) == 0:
            break
        candidates = first_candidates(images[rows], population, pixels, generator)
        parents = evaluate_candidates(classifier, state, rows, candidates, batch_size)
        rows, parents = _record_best(state, rows, parents, next(iterations), observer)
        for _ in range(max_iter):
            if len(rows) == 0:
                break
            candidates = within_bounds(mutants(parents.candidates, mutation, generator), height, width)
            children = evaluate_candidates(classifier, state, rows, candidates, batch_size, parents)
            parents = children.or_parents(parents)
            rows, parents = _record_best(state, rows, parents, next(iterations), observer)
    return state.result()


def _check_tuning(max_pixels: int, max_iter: int, population: int, mutation: float, batch_size: int) -> None:
    if max_pixels < 1 or max_iter < 1 or batch_size < 1:
        raise ParameterError(
            "max_pixels, max_iter and batch_size must be at least 1; "
            f"they are {max_pixels}, {max_iter} and {batch_size}."
        )
    if population < 4:
        raise ParameterError(
            f"population must be at least 4, a candidate and three others; it is {population}."
        )
    if not 0 < mutation <= 2:
        raise ParameterError(f"mutation must lie above 0 and up to 2; it is {mutation}.")


def _record_best(
    state: AttackState, rows: Tensor, population: Population, iteration: int, observer: Observer | None
) -> tuple[Tensor, Population]:
    """Record the best candidate of each image; return the rows that continue and their populations."""
    criterion = state.criterion.select(rows)
    best = population.best(criterion)
    images = torch.arange(len(rows), device=rows.device)
    originals = state.images[rows]
    tested = paint(originals, pixels_of(population.candidates[images, best], *originals.shape[2:]))
    logits = population.logits[images, best]
    state.record_iteration(rows, iteration)
    remaining = state.record_test(rows, tested, logits, forwards=0)  # evaluated as a candidate already
    if observer is not None:
        observer(step_event(iteration, rows, tested, criterion, logits, torch.zeros_like(tested)))
    return remaining, population.select(torch.isin(rows, remaining))

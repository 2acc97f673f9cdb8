"""What a comparison finds, as a sentence: which of the attacks that nearly always fool changes least."""

from collections.abc import Mapping

from sparsefool.analysis.summaries import Summaries, Summary
from sparsefool.formats import listed, percent
from sparsefool.view.comparison.measures import Count
from sparsefool.zoo.specs import find_spec

NEARLY_ALWAYS = 0.9
"""Share of the images that an attack must fool to be named: a median over few, easy images says little."""


def comparison_finding(summaries: Summaries, count: Count, baseline: str) -> str:
    """Return which attack changes least on each network, and what the baseline changes there.

    Args:
        summaries: of the comparison.
        count: what is counted.
        baseline: the attack that the others are held against.
    """
    models = list(dict.fromkeys(model for model, _ in summaries))
    best = {model: found for model in models if (found := _fewest(summaries, model, count))}
    share = percent(NEARLY_ALWAYS)
    if not best:
        return f"No attack that is shown fools {share} of the images."
    opening = f"Of the attacks that fool at least {share} of the images, "
    winners = list(dict.fromkeys(titles for titles, _ in best.values()))
    if len(winners) == 1:
        clause = f"{_bold(winners[0])} change{_s(winners[0])} the fewest {count.words}: "
        clause += listed([f"{median:,g} on {find_spec(model).title}" for model, (_, median) in best.items()])
    else:
        clause = f"the fewest {count.words} are changed by " + "; ".join(
            f"{_bold(titles)} on {find_spec(model).title} ({median:,g})"
            for model, (titles, median) in best.items()
        )
    others = _of_baseline(summaries, best, count, baseline) + _without(models, best)
    return f"{opening}{clause} (medians).{others}"


def _fewest(summaries: Summaries, model: str, count: Count) -> tuple[tuple[str, ...], float] | None:
    """Return the attacks with the smallest median on a network, and that median."""
    medians = {
        attack: count.of(summary).value
        for (name, attack), summary in summaries.items()
        if name == model and summary.fooled_8bit >= NEARLY_ALWAYS * summary.n
    }
    if not medians:
        return None
    least = min(medians.values())
    return tuple(attack for attack, median in medians.items() if median == least), least


def _of_baseline(
    summaries: Mapping[tuple[str, str], Summary],
    best: Mapping[str, tuple[tuple[str, ...], float]],
    count: Count,
    baseline: str,
) -> str:
    medians = [
        f"{count.of(summaries[model, baseline]).value:,g}"
        for model, (titles, _) in best.items()
        if (model, baseline) in summaries and baseline not in titles
    ]
    return f" {baseline} changes {listed(medians)}." if len(medians) == len(best) else ""


def _without(models: list[str], best: Mapping[str, object]) -> str:
    others = [find_spec(model).title for model in models if model not in best]
    return f" On {listed(others)} no attack that is shown fools so many." if others else ""


def _bold(titles: tuple[str, ...]) -> str:
    return listed([f"**{title}**" for title in titles])


def _s(titles: tuple[str, ...]) -> str:
    return "s" if len(titles) == 1 else ""

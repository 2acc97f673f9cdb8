"""Transfer (Table 3): how often what was made for one network fools another, and what it becomes there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sparsefool.analysis.statistics import Estimate, estimate_rate
from sparsefool.analysis.verdicts import Verdict, paired_verdicts

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]
"""A source and a target network."""


@dataclass(frozen=True)
class Rate:
    """On how many of n images something is so."""

    count: int
    n: int

    @cached_property
    def estimate(self) -> Estimate:
        """The share in [0, 1] with Wilson's interval; NaN without an image."""
        return estimate_rate(self.count, self.n)


@dataclass(frozen=True)
class TransferRate:
    """How often the perturbations that fooled a source network fool a target network, as 8-bit images.

    Attributes:
        source, target: the networks.
        attacked: images attacked on the source.
        lost: of these, how many fooled the source in float32 only: rounding to 8 bits lost them.
        fooled: of those that fooled the source, how many fool the target.
        noise: of the same images, on how many noise of the same size fools the target.
        beyond_noise: whether the perturbations fool more often than the noise; None also on the source
            itself, where nothing is left to test.
    """

    source: str
    target: str
    attacked: int
    lost: int
    fooled: Rate
    noise: Rate
    beyond_noise: Verdict


@dataclass(frozen=True)
class TakenClass:
    """How often an image that transferred takes the class that it took on its source.

    Attributes:
        source, target: the networks.
        taken: of the images that fooled the source and fool the target, how many take the source's fooling
            class.
        taken_alike: the same of those that both networks saw alike and whose own attack fooled the target.
        agreed_alike: of the same images, on how many the two networks' own attacks end in the same class.
        agreed: the same of all images, transferred or not, that both networks see alike and whose own attacks
            fooled both.
        beyond_agreement: whether ``taken_alike`` is more than ``agreed_alike``.
    """

    source: str
    target: str
    taken: Rate
    taken_alike: Rate
    agreed_alike: Rate
    agreed: Rate
    beyond_agreement: Verdict


def transfer_matrix(rows: "pd.DataFrame", correct: bool = False) -> Sequence[TransferRate]:
    """Return the rate of each source and target, in the order of the rows.

    Args:
        rows: of a :class:`~sparsefool.experiments.transfer.Transfer`.
        correct: whether to count only the images that source and target both classify correctly.
    """
    cells = _cells(rows, correct)
    outcomes = {
        pair: (transferred(cell), cell["target_noise"] != cell["target_before"])
        for pair, group in cells.items()
        for cell in [group[group["success_8bit"]]]
    }
    others = [pair for pair in cells if pair[0] != pair[1]]
    tested = paired_verdicts([outcomes[pair] for pair in others])
    verdicts: Mapping[Pair, Verdict] = dict(zip(others, tested, strict=True))
    rates = []
    for pair, cell in cells.items():
        fooled, noise = map(_rate, outcomes[pair])
        rates.append(TransferRate(*pair, len(cell), _lost(cell), fooled, noise, verdicts.get(pair)))
    return rates


def taken_classes(rows: "pd.DataFrame", correct: bool = False) -> Sequence[TakenClass]:
    """Return what transferred images become, for each source and each other network.

    Args:
        rows, correct: as for :func:`transfer_matrix`.
    """
    attacks = rows[rows["source"] == rows["target"]]
    own = {str(model): group.set_index("image") for model, group in attacks.groupby("source")}
    pairs, outcomes = [], []
    for (source, target), group in _cells(rows, correct).items():
        if source == target or target not in own:
            continue
        cell = group[group["success_8bit"]].set_index("image")
        other = own[target].reindex(cell.index)
        takes = cell["target_after"] == cell["fooling_label_8bit"]
        agrees = cell["fooling_label_8bit"] == other["fooling_label_8bit"]
        moved = transferred(cell)
        alike = (cell["predicted"] == cell["target_before"]) & other["success_8bit"].eq(True)
        pairs.append((source, target))
        outcomes.append((takes[moved], takes[moved & alike], agrees[moved & alike], agrees[alike]))
    verdicts = paired_verdicts([(takes, agrees) for _, takes, agrees, _ in outcomes])
    found = []
    for pair, each, verdict in zip(pairs, outcomes, verdicts, strict=True):
        taken, taken_alike, agreed_alike, agreed = map(_rate, each)
        found.append(TakenClass(*pair, taken, taken_alike, agreed_alike, agreed, verdict))
    return found


def transferred(rows: "pd.DataFrame") -> "pd.Series[bool]":
    """Return for each row whether its perturbation changes the target's label."""
    return rows["target_after"] != rows["target_before"]


def both_correct(rows: "pd.DataFrame") -> "pd.Series[bool]":
    """Return for each row whether its source and its target classify the original correctly."""
    return (rows["predicted"] == rows["label"]) & (rows["target_before"] == rows["label"])


def _cells(rows: "pd.DataFrame", correct: bool) -> Mapping[Pair, "pd.DataFrame"]:
    counted = rows[both_correct(rows)] if correct else rows
    pairs = rows[["source", "target"]].drop_duplicates().itertuples(index=False, name=None)
    return {
        (source, target): counted[(counted["source"] == source) & (counted["target"] == target)]
        for source, target in pairs
    }


def _lost(cell: "pd.DataFrame") -> int:
    return int((cell["success"] & ~cell["success_8bit"]).sum())


def _rate(outcomes: "pd.Series[bool]") -> Rate:
    return Rate(int(outcomes.sum()), len(outcomes))

"""Whether the fooling classes that Section 4.2 names draw pixels to parts of a picture: antlers, wings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from sparsefool.analysis.enrichment import DRAWS, two_sided
from sparsefool.analysis.findings.fooling_classes import ANY, FEWEST, shuffled_within
from sparsefool.analysis.findings.tables import FindingTable
from sparsefool.analysis.part_findings import HEAD, annotated_attack
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.data.annotations import OBJECT, Annotation
from sparsefool.data.specs import find_dataset
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

ABOVE = "above the head"
"""Where antlers would be: the head's box moved up by its height, without the object."""


@dataclass(frozen=True)
class FoolingPartFinding:
    """Whether more of the perturbation lies on a part when it leads to a certain fooling class.

    Attributes:
        model: the network.
        original: the class of the original; :data:`ANY` for all animals together.
        fooling: the fooling class.
        part: an annotated part, or :data:`ABOVE`.
        n: fooled pictures (8 bits) that lead there and have the part.
        others: pictures of the same original classes that lead elsewhere.
        share, others_share: mean share of the changed pixels on the part, of both.
        gain: mean of the share minus that of the others of the same original class.
        p: two-sided, of there being no difference; it is not corrected.
    """

    model: str
    original: int
    fooling: int
    part: str
    n: int
    others: int
    share: float
    others_share: float
    gain: Estimate
    p: float


FOOLING_PART_FINDINGS = FindingTable("fooling-parts", FoolingPartFinding)


def find_fooling_parts(
    rows: "pd.DataFrame", model: str, annotations: Sequence[Annotation], draws: int = DRAWS, seed: int = 0
) -> Sequence[FoolingPartFinding]:
    """Return the findings on the pairs of classes that the data set's description names.

    Those with fewer than :data:`~sparsefool.analysis.findings.fooling_classes.FEWEST` pictures are left out.

    Args:
        rows: the attack's on that network; the column ``image`` holds what the annotations call a picture.
        model: the network.
        annotations: of pictures of the original classes.
        draws: permutations of each test.
        seed: of the permutations.
    """
    attack = annotated_attack(rows, model, annotations)
    shares = attack.weights / attack.weights.sum((1, 2), keepdims=True)
    parts = dict(attack.parts)
    if HEAD in parts:
        parts[ABOVE] = np.stack([above(*pair) for pair in zip(parts[HEAD], parts[OBJECT], strict=True)])
    original = attack.rows["predicted"].to_numpy()
    fooling = attack.rows["fooling_label_8bit"].to_numpy()
    rng = np.random.default_rng(seed)
    found = []
    for label, target in find_dataset(find_spec(model).dataset).fooling_pairs:
        asked = original != target if label is None else original == label
        for part, masks in parts.items():
            kept = asked & masks.any((1, 2))
            values, groups, leads = (
                (shares * masks).sum((1, 2))[kept],
                original[kept],
                fooling[kept] == target,
            )
            both = np.isin(groups, groups[leads]) & np.isin(groups, groups[~leads])
            values, groups, leads = values[both], groups[both], leads[both]
            if min(leads.sum(), (~leads).sum()) >= FEWEST:
                original_class = ANY if label is None else label
                tested = _tested(values, groups, leads, shuffled_within(groups, draws, rng))
                found.append(FoolingPartFinding(model, original_class, target, part, *tested))
    return found


def above(head: Bool[np.ndarray, "h w"], whole: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the pixels of the head's box moved up by its height that are not on the object."""
    found = np.zeros_like(head)
    rows, columns = np.flatnonzero(head.any(1)), np.flatnonzero(head.any(0))
    if len(rows):
        height = rows[-1] + 1 - rows[0]
        found[max(0, rows[0] - height) : rows[0], columns[0] : columns[-1] + 1] = True
    found &= ~whole
    return found


def _tested(
    values: Float[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    leads: Bool[np.ndarray, " n"],
    orders: Int[np.ndarray, "draws n"],
) -> tuple[int, int, float, float, Estimate, float]:
    """Return ``n``, ``others``, ``share``, ``others_share``, ``gain`` and ``p`` of a finding."""
    means = {group: values[~leads & (groups == group)].mean() for group in np.unique(groups)}
    gains = values[leads] - np.array([means[group] for group in groups[leads]])
    n, share = int(leads.sum()), float(values[leads].mean())
    null = (values * leads[orders]).sum(1)
    p = two_sided(float(values[leads].sum()), null)
    return n, len(leads) - n, share, share - float(gains.mean()), estimate_mean(gains.tolist()), p

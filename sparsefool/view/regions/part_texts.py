"""What was found about a part, in words: the finding, its verdict beside the paper, the settings' names."""

import math

from sparsefool.analysis.enrichment import Baseline, Enrichment
from sparsefool.analysis.findings.parts import PartFinding
from sparsefool.analysis.statistics import CONFIDENCE, FEWEST_FOR_MEAN, Estimate
from sparsefool.analysis.verdicts import Verdict
from sparsefool.data.annotations import OBJECT
from sparsefool.data.specs import find_dataset
from sparsefool.experiments.annotated import SETTINGS
from sparsefool.zoo.specs import find_spec

CLAIMS = {
    "head": "perturbations of animals concentrate around the head",
    "eyes": "animals are perturbed at features of the face, such as the eyes",
    "ears": "animals are perturbed at features of the face, such as the ears",
    "mouth": "animals are perturbed at features of the face, such as the mouth",
}
"""What the paper's Section 4.2 says about a part of animals."""

BASELINES = {
    "random": "pixels placed on the {object} at random",
    "others": "the perturbations of other pictures of its class",
    "centre": "a disc as large in the middle of the picture",
}
"""What the part is compared with, by the attributes of an enrichment."""

METHOD = """
**Parts** were outlined by looking at the enlarged pictures, without the perturbations. A pixel belongs to a
part if its centre lies inside.

**Times as many**: the share of the perturbed pixels on the object that lie on the part, over the part's share
of the object's area, in the mean over the fooled pictures (8 bits) that have the part. 1 is what pixels give
that are placed at random. Of the object itself, the whole picture is the measure.

**Intervals** are 95 % bootstrap intervals over pictures, from 10 pictures on. **p-values** are two-sided, of
5,000 random draws each, corrected by Holm's method for the number of parts:

- random places: as many pixels anywhere on the object;
- other pictures: perturbations exchanged among pictures of a class, which shows habits of place;
- disc: as many pixels as the part has, in the middle of the picture, which shows closeness to the centre.
"""


def setting_title(setting: str) -> str:
    """Return the name of an attack whose places are stored, such as ``λ = 3``."""
    known = SETTINGS[setting]
    return "fewest pixels" if math.isnan(known.lambda_) else f"λ = {known.lambda_:g}"


def part_title(part: str, kind: str) -> str:
    """Return a part as the user reads it: ``object`` is the animal or the airplane itself."""
    return f"the whole {one_of(kind)}" if part == OBJECT else part


def one_of(kind: str) -> str:
    """Return the word for a picture's object, given that for several: ``animals``."""
    return kind.removesuffix("s")


def part_finding(finding: PartFinding) -> str:
    """Return the finding as one sentence, with its interval, p-value and n."""
    found, network = finding.found, find_spec(finding.model)
    kind, part = finding.kind, part_title(finding.found.part, finding.kind)
    title = find_dataset(network.dataset).title
    what = "perturbed pixels, each counted by its change," if finding.weighted else "perturbed pixels"
    if found.part == OBJECT:
        where, on = f"of {network.title}'s {what} lie on {part}", "the picture"
    else:
        where = f"of {network.title}'s {what} on the {one_of(kind)} lie on the {part}"
        on = f"the {one_of(kind)}"
    covers = "cover" if part.endswith("s") else "covers"
    return (
        f"On {found.n:,} {title} {kind}, {found.share:.0%} {where}, which {covers} {found.area:.0%} of {on}: "
        f"{times(found.of_object)} ({_interval(found.of_object)}p = {p_text(found.random.p)})."
    )


def verdict_sentence(finding: PartFinding) -> str:
    """Return whether the finding agrees with the paper, and what else could explain it."""
    found, claim = finding.found, CLAIMS.get(finding.found.part)
    verdict = concentrates(found)
    if claim is None or "airplane" in finding.kind:
        said = "The paper's Section 4.2 makes no claim about this part here."
    else:
        words = {True: "this **holds**", False: "this **does not hold**", None: "this **cannot be told**"}
        known = words[verdict]
        if verdict and not all(_more(each) for each in (found.others, found.centre)):
            known = "this **holds in part**"
        said = f"The paper's Section 4.2 says that {claim}: {known} here."
    clauses = [
        f"{_against(getattr(found, name))} {text.format(object=one_of(finding.kind))} "
        f"(p = {p_text(getattr(found, name).p)}, n = {getattr(found, name).n:,})"
        for name, text in BASELINES.items()
        if getattr(found, name).n
    ]
    few = f" Intervals need {FEWEST_FOR_MEAN} pictures." if found.n < FEWEST_FOR_MEAN else ""
    return f"{said} The part holds {'; '.join(clauses)}.{few}" if clauses else f"{said}{few}"


def concentrates(found: Enrichment) -> Verdict:
    """Return whether a part holds more of the perturbed pixels than random places give it.

    It does if the whole interval is above 1 and the p-value is small, does not if the interval is below 1,
    and otherwise it cannot be told.
    """
    low, high = found.of_object.interval
    if low > 1 and found.random.p <= 1 - CONFIDENCE:
        return True
    return False if high <= 1 else None


def times(estimate: Estimate) -> str:
    """Return an enrichment in words."""
    value = estimate.value
    if value < 1:
        return f"{value:.2f} times as many as at random"
    return f"{value:.1f} times as many as at random"


def p_text(p: float) -> str:
    """Return a p-value as text."""
    if math.isnan(p):
        return "unknown"
    return "less than 0.001" if p < 0.001 else f"{p:.2g}"


def _interval(estimate: Estimate) -> str:
    low, high = estimate.interval
    return "" if math.isnan(low) else f"95 %: {low:.2f} to {high:.2f}, "


def _more(baseline: Baseline) -> bool:
    return baseline.p <= 1 - CONFIDENCE and baseline.gain.value > 0


def _against(baseline: Baseline) -> str:
    if not baseline.p <= 1 - CONFIDENCE:
        return "about as many as"
    return "more than" if baseline.gain.value > 0 else "fewer than"

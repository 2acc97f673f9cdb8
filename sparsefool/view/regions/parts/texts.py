"""What was found about a part, in words: the finding, its verdict beside the paper, the settings' names."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from sparsefool.analysis.enrichment import Baseline, Enrichment
from sparsefool.analysis.findings.parts import PartFinding
from sparsefool.analysis.findings.robustness import FIRST, GROWN, SECOND, SHRUNK
from sparsefool.analysis.statistics import CONFIDENCE, FEWEST_FOR_MEAN, Estimate
from sparsefool.analysis.verdicts import Verdict
from sparsefool.data.annotations import OBJECT
from sparsefool.data.specs import find_dataset
from sparsefool.experiments.annotated import SETTINGS
from sparsefool.formats import interval, listed, p_number, p_value, percent
from sparsefool.view.shared.wording import is_plural
from sparsefool.zoo.specs import find_spec

CLAIMS = {
    "head": "perturbations of animals concentrate around the head",
    "eyes": "animals are perturbed at features of the face, such as the eyes",
    "ears": "animals are perturbed at features of the face, such as the ears",
    "mouth": "animals are perturbed at features of the face, such as the mouth",
}
"""What the paper's Section 4.2 says about a part of animals."""

BASELINES = {
    "random": "random places on the {object}",
    "others": "the perturbations of other pictures like it",
    "centre": "a disc of its size in the middle of the picture",
}
"""What the part is compared with, by the attributes of an enrichment."""

METHOD = """
**Parts** were outlined by looking at the enlarged pictures, without the perturbations. A pixel belongs to a
part if its centre lies inside.

**Times as many**: the share of the perturbed pixels on the object that lie on the part, over the part's share
of the object's area, in the mean over the fooled pictures (8 bits) that have the part. 1 is what pixels give
that are placed at random. Of the object itself, the whole picture is the measure.

**Intervals** are 95 % bootstrap intervals over pictures, from 10 pictures on; those of *times as many* are
also over outlines as drawn, one pixel wider and one pixel tighter, because nobody draws them to the pixel.
**p-values** are two-sided, of 5,000 random draws each, corrected by Holm's method for the number of parts:

- random places: as many pixels anywhere on the object;
- other pictures: perturbations exchanged among pictures of a class (of ImageNet, where hardly two pictures
  have the same class, among animals), which shows habits of place;
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
    what = "perturbed pixels" + (" (each counted by its change)" if finding.weighted else "")
    if found.part == OBJECT:
        where, on = f"of {network.title}'s {what} lie on {part}", "the picture"
    else:
        where = f"of {network.title}'s {what} on the {one_of(kind)} lie on the {part}"
        on = f"the {one_of(kind)}"
    covers = "cover" if is_plural(part) else "covers"
    return (
        f"On {found.n:,} {title} {kind}, {percent(found.share)} {where}, "
        f"which {covers} {percent(found.area)} of {on}: "
        f"{times(found.of_object)} ({_interval(found.of_object)}{p_value(found.random.p)})."
    )


def verdict_sentence(finding: PartFinding) -> str:
    """Return whether the finding agrees with the paper, and what else could explain it."""
    found, claim = finding.found, CLAIMS.get(finding.found.part)
    if claim is None or finding.kind == "airplanes":
        said = "The paper's Section 4.2 makes no claim about this part alone."
    else:
        said = f"The paper's Section 4.2: {claim}. Here this **{_verdict(found)}**."
    compared = {
        text.format(object=one_of(finding.kind)): getattr(found, name)
        for name, text in BASELINES.items()
        if getattr(found, name).n
    }
    words = {True: "more than", False: "fewer than", None: "not clearly more or fewer than"}
    clauses = [
        f"{words[more]} {listed([f'{text} ({p_value(each.p)})' for text, each in alike])}"
        for more in words
        if (alike := [(text, each) for text, each in compared.items() if _differs(each) is more])
    ]
    few = f" Intervals need {FEWEST_FOR_MEAN} pictures." if found.n < FEWEST_FOR_MEAN else ""
    part = part_title(found.part, finding.kind).removeprefix("the ")
    hold = "hold" if part.endswith("s") else "holds"
    held = f" The {part} {hold} {', '.join(clauses)}; n = {found.n:,}." if clauses else ""
    return f"{said}{held}{few}"


def variants_sentence(finding: PartFinding, variants: Mapping[str, PartFinding]) -> str:
    """Return how much the finding depends on how exactly, and by whom, the parts were annotated.

    Args:
        finding: on the parts as they are.
        variants: on other annotations, by their names; those that are missing are left out.
    """
    words = {
        GROWN: "with every part one pixel larger all around",
        SHRUNK: "one pixel smaller",
        FIRST: "on the pictures annotated twice by the first look",
        SECOND: "and by the second",
    }
    clauses = [
        f"{text} {each.found.of_object.value:.2f} ({_interval(each.found.of_object)}n = {each.found.n:,})"
        for name, text in words.items()
        if (each := variants.get(name))
    ]
    if not clauses:
        return ""
    own = f"{finding.found.of_object.value:.2f} times as many as at random"
    return f"**Does it depend on the annotation?** {own}; {', '.join(clauses)}."


def concentrates(found: Enrichment) -> Verdict:
    """Return whether a part holds more of the perturbed pixels than random places give it.

    It does if the whole interval is above 1 and the p-value is small, does not if the interval is below 1,
    and otherwise it cannot be told.
    """
    low, high = found.of_object.interval
    if low > 1 and found.random.p <= 1 - CONFIDENCE:
        return True
    return False if high <= 1 else None


def numbers(findings: Sequence[PartFinding]) -> pd.DataFrame:
    """Return findings as a table to read, one line each."""
    return pd.DataFrame(
        [
            {
                "network": find_spec(each.model).title,
                "part": part_title(each.found.part, each.kind),
                "n": each.found.n,
                "pixels, %": f"{100 * each.found.share:.1f}",
                "area, %": f"{100 * each.found.area:.1f}",
                "times": f"{each.found.of_object.value:.2f}",
                "95 %": interval(each.found.of_object, ".2f") or f"needs {FEWEST_FOR_MEAN} pictures",
                "p, random places": p_number(each.found.random.p),
                "p, other pictures": p_number(each.found.others.p),
                "p, disc": p_number(each.found.centre.p),
            }
            for each in findings
        ]
    )


def times(estimate: Estimate) -> str:
    """Return an enrichment in words."""
    value = estimate.value
    if value < 1:
        return f"{value:.2f} times as many as at random"
    return f"{value:.1f} times as many as at random"


def _interval(estimate: Estimate) -> str:
    return interval(estimate, ".2f", "95 %: {}, ")


def _verdict(found: Enrichment) -> str:
    """Return a verdict on the claim that perturbations concentrate on a part, as the end of a sentence.

    It holds if the part holds more than random places and than the perturbations of other pictures, which
    show a habit of place. The disc is another explanation: it is told beside the verdict.
    """
    verdict = concentrates(found)
    if verdict is None:
        return f"cannot be told with n = {found.n:,}"
    if not verdict:
        return "does not hold"
    return "holds" if _differs(found.others) else "holds in part"


def _differs(baseline: Baseline) -> Verdict:
    """Return whether a part holds more than a baseline (True) or fewer; None where that cannot be told."""
    return baseline.gain.value > 0 if baseline.p <= 1 - CONFIDENCE else None

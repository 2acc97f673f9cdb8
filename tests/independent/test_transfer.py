"""The page Transfer: its matrix, its findings and what images become, computed again from the rows."""

from functools import cache

import pytest

from tests.independent import figures, rows
from tests.independent.rows import DATASETS, NETWORKS
from tests.independent.shown import bars_agree, charts, page, sentences, words

STORED = [name for name in DATASETS if rows.transfer(name)]
COUNTED = {"All images": False, "Both correct": True}
AGAINST_NOISE = {True: "more than noise", False: "less than noise", None: "not told from noise"}
DRAWN = ("taken_alike", "agreed_alike", "agreed")
"""The rates in the chart of what images become, in its order."""


def opened(name, count):
    return page("transfer", ("data", DATASETS[name]), ("count", count))


@cache
def cells(name, correct):
    """The rows of each source and target, of the images that count, as far as they fooled the source."""
    found = {}
    for pair, own in rows.transfer(name).items():
        if correct:
            own = own[(own["predicted"] == own["label"]) & (own["target_before"] == own["label"])]
        found[pair] = own, own[own["fooling_label_8bit"] != own["predicted"]]
    return found


@cache
def rates(name, correct):
    """Of each cell: images attacked, that fooled the source, the target, by noise; and the verdict."""
    counted = cells(name, correct)
    outcomes = {
        pair: (cell["target_after"] != cell["target_before"], cell["target_noise"] != cell["target_before"])
        for pair, (_, cell) in counted.items()
    }
    others = [pair for pair in outcomes if len(set(pair)) > 1]
    verdicts = dict(zip(others, figures.more_often([outcomes[pair] for pair in others]), strict=True))
    return {
        pair: (len(counted[pair][0]), len(moved), int(moved.sum()), int(noise.sum()), verdicts.get(pair))
        for pair, (moved, noise) in outcomes.items()
    }


@cache
def become(name, correct):
    """Of each pair of networks: the four rates of the source's class, as counts, and the verdict."""
    counted, found, compared = cells(name, correct), {}, []
    attacks = {source: own for (source, target), own in rows.transfer(name).items() if source == target}
    for (source, target), (_, cell) in counted.items():
        if source == target:
            continue
        other = attacks[target].reindex(cell.index)
        moved = cell["target_after"] != cell["target_before"]
        takes = cell["target_after"] == cell["fooling_label_8bit"]
        agrees = cell["fooling_label_8bit"] == other["fooling_label_8bit"]
        fooled_too = other["fooling_label_8bit"].notna() & (other["fooling_label_8bit"] != other["predicted"])
        alike = (cell["predicted"] == cell["target_before"]) & fooled_too
        groups = {
            "taken": takes[moved],
            "taken_alike": takes[moved & alike],
            "agreed_alike": agrees[moved & alike],
            "agreed": agrees[alike],
        }
        found[source, target] = {key: (int(each.sum()), len(each)) for key, each in groups.items()}
        compared.append((groups["taken_alike"], groups["agreed_alike"]))
    for own, verdict in zip(found.values(), figures.more_often(compared), strict=True):
        own["verdict"] = verdict
    return found


def transfers(test):
    both = [(name, count) for name in STORED for count in COUNTED]
    return pytest.mark.parametrize(("name", "count"), both)(test)


@transfers
def test_the_matrix(name, count):
    matrix, expected = charts(opened(name, count))[0], rates(name, COUNTED[count])
    heat, texts, clickable = matrix["data"]
    assert [tuple(pair) for pair in clickable["customdata"]] == list(expected)
    for text, (pair, own) in zip(texts["text"], expected.items(), strict=True):
        assert text.replace("<b>", "").replace("</b>", "").split("<br>") == _lines(pair, own)
    models = rows.networks(name)
    for source, drawn in zip(models, heat["z"], strict=True):
        for target, value in zip(models, drawn, strict=True):
            attacked, n, fooled, _, _ = expected[source, target]
            assert value == pytest.approx(n / attacked if source == target else fooled / n)


@transfers
def test_the_finding(name, count):
    others = [own for pair, own in rates(name, COUNTED[count]).items() if len(set(pair)) > 1]
    shares = [fooled / n for _, n, fooled, _, _ in others]
    verdicts = [verdict for *_, verdict in others]
    said = words(opened(name, count))
    found = f"{100 * min(shares):.1f} to {_percent(max(shares), 1)}"
    assert f"fool another network on {found} of the images that fool their own" in said
    assert f"noise of the same size? {_counts(verdicts)}." in said


@transfers
def test_the_images_that_do_not_count(name, count):
    said = sentences(opened(name, count))
    for (source, target), (own, fooled) in cells(name, COUNTED[count]).items():
        told = [each for each in said if each.startswith(f"{NETWORKS[source]}: ") and "do not count" in each]
        missing = len(own) - len(fooled)
        if source == target and missing:
            in_float = own.drop(fooled.index)
            lost = int((in_float["fooling_label"] != in_float["predicted"]).sum())
            reasons = [f"{missing - lost:,} did not fool it"] if missing > lost else []
            reasons += [f"{lost:,} fooled it until rounded to 8 bits"] if lost else []
            start = f"{NETWORKS[source]}: {missing:,} of the {len(own):,} images attacked do not count: "
            assert told == [f"{start}{' and '.join(reasons)}."]
        elif source == target:
            assert not told


@transfers
def test_what_transferred_images_become(name, count):
    expected, shown = become(name, COUNTED[count]), opened(name, count)
    said = [each for each in sentences(shown) if " → " in each]
    assert said == [_sentence(pair, own) for pair, own in expected.items() if own["taken"][1]]
    told = [own for own in expected.values() if own["taken_alike"][1]]
    rates = [own["taken_alike"][0] / own["taken_alike"][1] for own in told]
    assert f"saw alike, {100 * min(rates):.0f} to {_percent(max(rates), 0)} take the class" in words(shown)
    assert f"on the same images? {_counts([own['verdict'] for own in told])}.**" in words(shown)


@transfers
def test_the_chart_of_what_images_become(name, count):
    expected, chart = become(name, COUNTED[count]), charts(opened(name, count))[1]
    assert len(chart["data"]) == len(DRAWN)
    for measure, drawn in zip(DRAWN, chart["data"], strict=True):
        assert bars_agree(drawn, [figures.rate(*own[measure]).times(100) for own in expected.values()])
        assert drawn["customdata"] == ["{:,} of {:,}".format(*own[measure]) for own in expected.values()]


@pytest.mark.parametrize("name", STORED)
def test_how_many_rows_there_are_and_what_they_have_cost(name):
    found = rows.transfer(name)
    assert f" · {sum(map(len, found.values())):,} rows · " in words(opened(name, "All images"))
    attacks = sum(own["seconds"].sum() for (source, target), own in found.items() if source == target)
    hours = (attacks + rows.seconds(name, "transfer")) / 3600
    if hours > 2:
        assert f" · {hours:.1f} h of computing time" in words(opened(name, "All images"))


def _lines(pair, own):
    """What is written in a cell."""
    attacked, n, fooled, noise, verdict = own
    if len(set(pair)) == 1:
        return [*_rate(n, attacked), f"{n:,} of {attacked:,}", "only these count"]
    by_noise, interval = _rate(noise, n)
    return [*_rate(fooled, n), f"{fooled:,} of {n:,}", f"noise {by_noise}", interval, AGAINST_NOISE[verdict]]


def _rate(count, n):
    figure = figures.rate(count, n)
    return f"{100 * figure.value:.1f} %", f"{100 * figure.low[0]:.1f} to {100 * figure.high[0]:.1f} %"


def _sentence(pair, own):
    start, n = " → ".join(map(NETWORKS.get, pair)), own["taken_alike"][1]
    every = f"all that transferred: {_counted(own['taken'])}"
    if not n:
        return f"{start}: both networks saw none of the transferred images alike; {every}."
    verdict = {True: "holds", False: "does not hold", None: f"cannot be told with n = {n:,}"}[own["verdict"]]
    return (
        f"{start}: **{verdict}**. Of those seen alike by both networks, {_counted(own['taken_alike'])} "
        "take the source's class, where separate attacks on the same images agree on "
        f"{_counted(own['agreed_alike'])} and on all images seen alike on {_counted(own['agreed'])}; {every}."
    )


def _counted(counts):
    count, n = counts
    figure = figures.rate(count, n)
    interval = f"{100 * figure.low[0]:.0f} to {100 * figure.high[0]:.0f} %"
    return f"{count:,} of {n:,} = {100 * figure.value:.0f} % ({interval})"


def _counts(verdicts):
    """Return how many verdicts there are of each kind, as the page writes it."""
    kinds = (True, "Yes"), (False, "no"), (None, "it cannot be told")
    counts = [(word, verdicts.count(kind)) for kind, word in kinds if kind in verdicts]
    (first, most), *others = counts
    alone = f"any of the {most}" if verdicts[0] is None else f"all {most}"
    of = f"{most} of {len(verdicts)}" if others else alone
    texts = [f"{first[0].upper()}{first[1:]} for {of} pairs", *(f"{word} for {n}" for word, n in others)]
    return "; ".join(texts)


def _percent(share, digits):
    """A share as the page writes it, with a space that keeps the number and its sign on one line."""
    return f"{100 * share:.{digits}f}\u00a0%"

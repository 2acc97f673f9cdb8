import pandas as pd
import pytest

from sparsefool.analysis.paper.claims import check_claims
from sparsefool.data.specs import DATASETS
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.tables import Table

LENET, RESNET18, ROBUST = "mnist/lenet", "cifar10/resnet18", "cifar10/resnet18-linf"
LITE0 = "imagenet/efficientnet-lite0"


def rows(model, attack, pixels, fooled=None, seconds=1.0, forwards=10, n=20, batch=1, **more):
    """Return rows of n images, of which the first ``fooled`` are fooled, or all."""
    success = [image < (n if fooled is None else fooled) for image in range(n)]
    columns = {
        "model": model,
        "attack": attack,
        "image": range(n),
        "batch": batch,
        "success": success,
        "success_8bit": success,
        "pixels": pixels,
        "pixels_8bit": pixels,
        "forwards": forwards,
        "backwards": 5,
        "seconds": seconds,
    }
    return pd.DataFrame(columns | more)


def claims(*parts, busy=()):
    table = Table(pd.concat(parts), {})
    return {each.text: each for each in check_claims({"any": table}, busy)}


def spread(around, n=20):
    """Return numbers of pixels of which no two are equal and whose median is close to a number."""
    return [around + 0.01 * around * (image - n // 2) for image in range(n)]


MORE, LONGER = "JSMA changes more pixels than SparseFool", "JSMA takes longer than SparseFool"
DENSER = "The one-pixel attack changes more pixels than SparseFool"
SPARSER = "The one-pixel attack changes fewer pixels than SparseFool"
FORWARDS = "The one-pixel attack needs at least 100 times as many forwards"
NOISE = "Random noise of the same size fools less than half of what SparseFool fools"
AT_THE_END = "Clipping at the end loses more than half of what ℓ1-DeepFool fools"


def test_what_holds_holds_by_its_interval_and_its_p_value():
    found = claims(rows(LENET, "SparseFool", spread(10)), rows(LENET, "JSMA", spread(25)))[MORE]
    assert (found.holds, found.paper) == (True, "2.9 times")
    assert found.here == "2.5 times (2.5 to 2.5), n = 20 that both fool"
    assert found.p < 0.05


def test_the_opposite_does_not_hold():
    assert claims(rows(LENET, "SparseFool", spread(25)), rows(LENET, "JSMA", spread(10)))[MORE].holds is False
    found = claims(rows(LENET, "SparseFool", spread(25)), rows(LENET, "One-pixel attack", spread(10)))
    assert found[DENSER].holds is False


def test_a_point_above_one_is_not_enough():
    """JSMA's median is larger, but on half of the images SparseFool needs more pixels."""
    pixels = [value for image in range(10) for value in ((5, 40)[image % 2], 20)]
    found = claims(rows(LENET, "SparseFool", 15), rows(LENET, "JSMA", pixels))[MORE]
    assert found.here.startswith("1.3 times")
    assert (found.holds, found.doubt) == (None, "with n = 20")


def test_an_interval_is_not_enough_where_the_corrected_p_value_is_too_large():
    """Six pairs that all point one way: p = 2/64, and 2/32 after Holm's correction for a second one."""
    ours, other = rows(LENET, "SparseFool", spread(10, 6), n=6), rows(LENET, "JSMA", spread(25, 6), n=6)
    assert claims(ours, other)[MORE].holds is True
    one_pixel = rows(LENET, "One-pixel attack", spread(25, 6), n=6)
    found = claims(ours, other, one_pixel)
    assert found[MORE].p == found[DENSER].p == pytest.approx(4 / 64)
    assert found[MORE].holds is found[DENSER].holds is None


def test_pixels_are_compared_on_the_images_that_both_fool_in_8_bits():
    """The other attack fools the eight easy images only, on which SparseFool needs 20 pixels, not 100."""
    ours = rows(RESNET18, "SparseFool", [20.0] * 8 + [100.0] * 12)
    found = claims(ours, rows(RESNET18, "One-pixel attack", 4.0, fooled=8, forwards=5000))
    assert found[SPARSER].here == "0.20 times (0.20 to 0.20), n = 8 that both fool"
    assert found[SPARSER].holds is True
    lost = ours.assign(success_8bit=False)
    nothing = claims(lost, rows(RESNET18, "One-pixel attack", 4.0))[SPARSER]
    assert (nothing.holds, nothing.here) == (None, "no image that both fool")


def test_orders_of_magnitude_stand_only_where_the_paper_says_them():
    for model, said in ((LENET, ""), (RESNET18, "2 orders of magnitude"), (ROBUST, "")):
        found = claims(rows(model, "SparseFool", 20), rows(model, "One-pixel attack", 9, forwards=5000))
        assert (found[FORWARDS].paper, found[FORWARDS].holds) == (said, True)
        assert found[FORWARDS].here == "500 times (500 to 500), n = 20 that both fool"


def test_forwards_are_told_by_the_interval():
    """Eleven of twenty images take 5,000 forwards, the others 500: 500 times, but perhaps 50."""
    forwards = [500] * 9 + [5000] * 11
    found = claims(rows(LENET, "SparseFool", 20), rows(LENET, "One-pixel attack", 9, forwards=forwards))
    assert found[FORWARDS].here == "500 times (50 to 500), n = 20 that both fool"
    assert (found[FORWARDS].holds, found[FORWARDS].doubt) == (None, "with n = 20")


def test_the_text_of_the_paper_stands_beside_its_table_where_they_differ():
    found = claims(rows(LENET, "SparseFool", 20), rows(LENET, "One-pixel attack", 9))
    assert found[DENSER].paper == "5.7 times by the table, 5.5 in the text"


def test_seconds_are_compared_by_batches_of_the_same_images():
    ours = rows(LENET, "SparseFool", 10, n=80, batch=10)
    jsma = rows(LENET, "JSMA", 25, n=80, batch=5, seconds=3.0)
    found = claims(ours, jsma)[LONGER]
    assert (found.holds, found.here[:9], found.paper) == (True, "3.0 times", "4.7 times")
    assert "n = 8 batches of 10 images" in found.here
    few = claims(ours[:50], jsma)[LONGER]
    assert (few.holds, few.doubt) == (None, "with n = 5 batches")
    assert few.here.startswith("3.0 times, n = 5"), "no interval of five"


def test_seconds_of_a_busy_machine_or_of_two_decide_nothing():
    ours, jsma = rows(LENET, "SparseFool", 10, device="a"), rows(LENET, "JSMA", 25, seconds=3.0, device="a")
    assert claims(ours, jsma)[LONGER].holds is True
    busy = claims(ours, jsma, busy={"mnist"})[LONGER]
    assert (busy.holds, busy.doubt) == (None, "on a busy machine")
    two = claims(ours, jsma.assign(device="b"))[LONGER]
    assert (two.holds, two.doubt) == (None, "on two devices")


@pytest.mark.parametrize(("fooled", "holds"), [(2, True), (8, None), (19, False)])
def test_noise_is_counted_on_the_images_that_sparsefool_fools(fooled, holds):
    found = claims(rows(LITE0, "SparseFool", 9, fooled=20), rows(LITE0, "Random noise", 9, fooled=fooled))
    assert found[NOISE].holds is holds
    assert found[NOISE].here.startswith(f"{fooled} of 20 = {5 * fooled:.1f} %")
    assert found[NOISE].paper == "ImageNet: 18.2, 13.2, 14.5, 9.6 % against 100 %"


def test_the_papers_own_network_has_the_papers_own_noise_rate():
    found = claims(
        rows("imagenet/vgg16", "SparseFool", 9), rows("imagenet/vgg16", "Random noise", 9, fooled=0)
    )
    assert found[NOISE].paper == "18.2 % against 100 %"


def test_clipping_is_counted_on_what_is_fooled_unclipped():
    free = rows(LENET, "ℓ1-DeepFool, unclipped", 1, n=200)
    assert claims(free) == {}
    one = claims(free, rows(LENET, "ℓ1-DeepFool, clipped at the end", 1, n=200, fooled=1))[AT_THE_END]
    assert (one.holds, one.here) == (True, "1 of 200 = 0.5 % (0.1 to 2.8)"), "not 0 %"
    assert one.paper == "VGG-16: almost 100 % falls to 13 %"
    free = rows(LITE0, "ℓ1-DeepFool, unclipped", 1, fooled=4)
    few = claims(free, rows(LITE0, "ℓ1-DeepFool, clipped at the end", 1, fooled=1))[AT_THE_END]
    assert (few.holds, few.doubt) == (None, "with n = 4")


def test_the_adversarially_trained_network_is_compared_with_the_ordinary_one():
    (claim,) = claims(rows(RESNET18, "SparseFool", 10), rows(ROBUST, "SparseFool", 21)).values()
    assert (claim.here[:9], claim.paper, claim.holds) == ("2.1 times", "1.9 times", True)


def test_one_image_decides_nothing():
    found = claims(
        *(
            rows(LENET, attack, 9, n=1)
            for attack in ("SparseFool", "JSMA", "One-pixel attack", "Random noise")
        )
    )
    assert [claim.holds for claim in found.values()] == [None] * 5
    assert all(claim.doubt.startswith("with n = 1") for claim in found.values())


def test_the_stored_ratios_are_those_of_the_same_images(tmp_path):
    """The medians of pixels of the images that both fooled, by pandas alone."""
    store = RecordStore(tmp_path)
    comparisons = (paper_comparison(spec.name).stored(store.holds) for spec in DATASETS)
    tables = {each.models[0]: Table(each.table(store.rows), {}) for each in comparisons if each}
    rows = pd.concat([table.rows for table in tables.values()])
    ratios = [claim for claim in check_claims(tables) if claim.text in (MORE, DENSER, SPARSER)]
    assert ratios
    for claim in ratios:
        pair = ["JSMA" if claim.text == MORE else "One-pixel attack", "SparseFool"]
        fooled = rows[(rows["model"] == claim.model) & rows["success_8bit"]]
        pixels = fooled.pivot(index="image", columns="attack", values="pixels_8bit")[pair].dropna()
        other, ours = pixels.median()
        assert float(claim.here.split(" times")[0]) == pytest.approx(other / ours, rel=0.03)
        assert f"n = {len(pixels)} " in claim.here

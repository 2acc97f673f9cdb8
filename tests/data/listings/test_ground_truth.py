"""ILSVRC's original folder: all pictures in one, their classes in a file."""

import numpy as np
import pytest
from scipy.io import savemat

from sparsefool.data.listings.find import list_pictures
from sparsefool.data.listings.ground_truth import IN_ORDER, KIT
from sparsefool.errors import DataError
from tests.data.made_pictures import make_folder

VALIDATION = [f"ILSVRC2012_val_{number:08d}.JPEG" for number in (1, 2, 3)]
KIT_SYNSETS = {1: "n02119789", 2: "n02100735", 1000: "n01440764"}
"""The first two and, in this made-up kit, the last of the development kit's classes."""


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "val", VALIDATION)


def labels(folder):
    listing = list_pictures(folder, "imagenet")
    assert list(listing.names) == VALIDATION
    return [each.label for each in listing.entries]


def write_meta(path):
    kind = np.dtype([("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O")])
    synsets = {**KIT_SYNSETS, 1001: "n01466257"}  # kinds of classes follow the classes
    rows = [(number, name, "what it is") for number, name in synsets.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"synsets": np.array(rows, dtype=kind).reshape(-1, 1)})


@pytest.mark.parametrize("place", [".", "..", KIT, ".." / KIT], ids=str)
def test_numbers_of_the_kit_are_brought_to_the_order_of_networks(folder, place):
    (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / place / IN_ORDER).write_text("1000\n2\n1\n")
    write_meta(folder / place / "meta.mat")
    assert labels(folder) == [0, index("n02100735"), index("n02119789")]


def index(synset):
    from sparsefool.data.specs import find_dataset

    return find_dataset("imagenet").read_synsets().index(synset)


def test_a_list_of_the_kit_s_classes_does_as_well(folder):
    (folder / IN_ORDER).write_text("1000\n2\n1\n")
    lines = [f"{synset} {number} what_it_is" for number, synset in KIT_SYNSETS.items()]
    (folder / "map_clsloc.txt").write_text("\n".join(lines))
    assert labels(folder)[0] == 0


def test_without_the_kit_its_numbers_are_not_guessed(folder):
    (folder / IN_ORDER).write_text("490\n361\n171\n")
    with pytest.raises(
        DataError, match=r"ILSVRC's own, from 1 to 1000 in the order .* Put the kit's meta\.mat"
    ):
        labels(folder)


@pytest.mark.parametrize("text", ["n01440764\nn01443537\nn01484850\n", "0\n1\n2\n"])
def test_synsets_and_classes_from_0_need_no_kit(folder, text):
    (folder / IN_ORDER).write_text(text)
    assert labels(folder) == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("val.txt", f"{VALIDATION[2]} 65\n{VALIDATION[0]} 970\n{VALIDATION[1]} 230\n"),
        (
            "LOC_val_solution.csv",
            "ImageId,PredictionString\n"
            "ILSVRC2012_val_00000003,n01751748 85 1 499 272 n01751748 1 1 9 9\n"
            "ILSVRC2012_val_00000001,n09193705 1 2 3 4\nILSVRC2012_val_00000002,n02105855 1 2 3 4\n",
        ),
        (
            "labels.txt",
            f"# mine\n{VALIDATION[2]}\tsea snake\n{VALIDATION[1]}, Shetland sheepdog\n\n"
            f"{VALIDATION[0]} alp\n",
        ),
    ],
)
def test_lines_with_names_are_understood(folder, name, text):
    (folder / name).write_text(text)
    assert labels(folder) == [970, 230, 65]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (IN_ORDER, "0\n1\n", r"has 2 lines, .*ILSVRC2012_val_00000003\.JPEG is none of these"),
        (IN_ORDER, "0\n1\nblue\n", r"line 3: 'blue' is no class of ImageNet"),
        (IN_ORDER, "0\n1\n1000\n", r"line 3: '1000' is no class"),
        ("val.txt", f"{VALIDATION[0]} 1\n", "does not say what ILSVRC2012_val_00000002.JPEG shows"),
        ("val.txt", f"{VALIDATION[0]}\n", "line 1: the name of a file and its class are expected"),
        ("val.txt", f"{VALIDATION[0]} 1\n{VALIDATION[0]} 2\n", "line 2: .* has another class in an earlier"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(folder, name, text, message):
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=message):
        labels(folder)


def test_a_number_that_the_kit_does_not_have_and_a_damaged_kit_are_said(folder):
    (folder / IN_ORDER).write_text("1000\n2\n3\n")
    write_meta(folder / "meta.mat")
    with pytest.raises(DataError, match="line 3: 3 is none of ILSVRC's numbers"):
        labels(folder)
    (folder / "meta.mat").write_bytes(b"damaged" * 40)
    with pytest.raises(DataError, match=r"meta\.mat is not the meta\.mat of ILSVRC's development kit"):
        labels(folder)

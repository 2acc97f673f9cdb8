import builtins
import io
import os
import time

import pytest

from sparsefool.data.listings.find import list_pictures
from sparsefool.errors import DataError
from tests.data.made_pictures import encoded, make_folder

TENCH, GOLDFISH = "n01440764", "n01443537"


def listed(folder, dataset="imagenet"):
    """Return the labels of the pictures in a folder by their names, and the notes."""
    listing = list_pictures(folder, dataset)
    return dict(zip(listing.names, (each.label for each in listing.entries), strict=True)), listing.notes


def test_folders_are_classes_by_synset_name_or_number(tmp_path):
    make_folder(
        tmp_path, [f"{TENCH}/a.png", "goldfish/b.png", "great_white_shark/c.png", "3/d.png", "0999/e.png"]
    )
    assert listed(tmp_path) == ({"a.png": 0, "b.png": 1, "c.png": 2, "d.png": 3, "e.png": 999}, ())


def test_other_data_sets_have_their_own_classes(tmp_path):
    make_folder(tmp_path, ["dog/a.png", "Airplane/b.png", "9/c.png"])
    assert listed(tmp_path, "cifar10") == ({"b.png": 0, "c.png": 9, "a.png": 5}, ())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "goldfich",
            r"In .*, the folder 'goldfich' is no class of ImageNet.*WordNet ID.* 0 to 999 is expected\. Did",
        ),
        ("n99999999", "the folder 'n99999999' is no class"),
        ("1000", "the folder '1000' is no class"),
        ("CARDIGAN", r"'CARDIGAN' may stand for Cardigan \(264\) and cardigan \(474\): use the number"),
    ],
)
def test_a_folder_that_the_network_does_not_know_is_named(tmp_path, name, message):
    make_folder(tmp_path, [f"{name}/a.png", f"{TENCH}/b.png"])
    with pytest.raises(DataError, match=message):
        listed(tmp_path)


def test_the_case_of_letters_counts_where_it_tells_classes_apart(tmp_path):
    make_folder(tmp_path, ["Cardigan/a.png", "cardigan/b.png", "TENCH/c.png"])
    assert listed(tmp_path)[0] == {"a.png": 264, "b.png": 474, "c.png": 0}


def test_an_empty_folder_and_one_without_pictures_are_said(tmp_path):
    with pytest.raises(DataError, match=r"There is no picture in .*\.jpg"):
        listed(tmp_path)
    (tmp_path / TENCH).mkdir()
    with pytest.raises(DataError, match=r"There is no picture in"):
        listed(tmp_path)
    with pytest.raises(DataError, match=r"There is no file or folder .*gone"):
        listed(tmp_path / "gone")


def test_a_class_without_pictures_is_said_and_the_others_are_there(tmp_path):
    make_folder(tmp_path, [f"{TENCH}/a.png"])
    (tmp_path / GOLDFISH).mkdir()
    assert listed(tmp_path) == ({"a.png": 0}, (f"Class folders without a picture: {GOLDFISH}.",))


def test_upper_case_endings_count_hidden_files_do_not_and_others_are_counted(tmp_path):
    make_folder(
        tmp_path, [f"{TENCH}/{name}" for name in ("a.JPEG", "b.Png", ".c.png", "d.xml", "e.xml", "f")]
    )
    make_folder(tmp_path, [".git/x.png", "__MACOSX/y.png", f"{TENCH}/.thumbs/z.png"])
    names, notes = listed(tmp_path)
    assert sorted(names) == ["a.JPEG", "b.Png"]
    assert notes == ("Files that are no pictures by their ending were passed over: 2 × .xml, 1 × f.",)


def test_links_to_files_and_folders_are_followed_and_broken_ones_said(tmp_path):
    store = make_folder(tmp_path / "store", ["a.png", "more/b.png"])
    pictures = tmp_path / "pictures"
    (pictures / TENCH).mkdir(parents=True)
    (pictures / TENCH / "first.png").symlink_to(store / "a.png")
    (pictures / TENCH / "lost.png").symlink_to(store / "gone.png")
    (pictures / TENCH / "itself.png").symlink_to(pictures / TENCH / "itself.png")
    (pictures / GOLDFISH).symlink_to(store / "more")
    names, notes = listed(pictures)
    assert names == {"first.png": 0, "b.png": 1}
    assert notes == (f"Left out, as these links lead nowhere: {TENCH}/itself.png, {TENCH}/lost.png.",)


def test_a_loop_of_links_ends_and_no_picture_is_taken_twice(tmp_path):
    make_folder(tmp_path, [f"{TENCH}/a.png", f"{TENCH}/deeper/b.png", f"{GOLDFISH}/c.png"])
    for name, target in (("up", tmp_path / TENCH), ("all", tmp_path), ("aside", tmp_path / GOLDFISH)):
        (tmp_path / TENCH / "deeper" / name).symlink_to(target)
    (tmp_path / TENCH / "root").symlink_to(tmp_path.parent)
    assert listed(tmp_path)[0] == {"a.png": 0, "b.png": 0, "c.png": 1}


def test_pictures_of_one_name_are_told_apart_by_their_folders(tmp_path):
    make_folder(tmp_path, [f"{TENCH}/1.png", f"{GOLDFISH}/1.png", f"{GOLDFISH}/2.png"])
    assert listed(tmp_path)[0] == {f"{TENCH}/1.png": 0, f"{GOLDFISH}/1.png": 1, "2.png": 1}


def test_pictures_beside_class_folders_are_said_to_be_left_out(tmp_path):
    make_folder(tmp_path, [f"{TENCH}/a.png", "loose.png"])
    assert listed(tmp_path) == ({"a.png": 0}, ("Left out, as they are in no class folder: loose.png.",))


def test_pictures_alone_need_labels(tmp_path):
    make_folder(tmp_path, ["a.png"])
    with pytest.raises(DataError, match=r"have no labels\. Expected is one folder for each class, or a file"):
        listed(tmp_path)


def test_ten_thousand_pictures_are_listed_without_opening_one(tmp_path, monkeypatch):
    for label in range(100):
        folder = tmp_path / str(label)
        folder.mkdir()
        for number in range(100):
            (folder / f"{label}-{number}.jpg").touch()

    opened = []
    for module in (builtins, io, os):
        real = module.open
        monkeypatch.setattr(
            module,
            "open",
            lambda path, *given, _=real, **more: opened.append(path) or _(path, *given, **more),
        )
    started = time.perf_counter()
    listing = list_pictures(tmp_path, "imagenet")
    assert len(listing) == len(listing.seeded_order(0)) == 10_000
    assert len(listing.digest) == 16
    assert time.perf_counter() - started < 30, "0.3 s on one core of 2026"
    assert not [path for path in opened if str(path).startswith(str(tmp_path))]


def test_the_digest_depends_on_names_labels_and_sizes(tmp_path):
    base = make_folder(tmp_path / "base", [f"{TENCH}/a.png", f"{GOLDFISH}/b.png"])
    same = make_folder(tmp_path / "same", ["goldfish/b.png", "0/a.png"])
    for path, name in ((same / "0" / "a.png", TENCH), (same / "goldfish" / "b.png", GOLDFISH)):
        path.write_bytes((base / name / path.name).read_bytes())
    digest = list_pictures(base, "imagenet").digest
    assert list_pictures(same, "imagenet").digest == digest
    (same / "0" / "a.png").rename(same / "0" / "c.png")
    assert list_pictures(same, "imagenet").digest != digest
    (same / "0" / "c.png").rename(same / "0" / "a.png")
    (same / "0").rename(same / "2")
    assert list_pictures(same, "imagenet").digest != digest
    (base / TENCH / "a.png").write_bytes(encoded(7, size=(50, 50)))
    assert list_pictures(base, "imagenet").digest != digest

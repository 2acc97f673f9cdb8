import hashlib
import json

import pytest

from sparsefool import paths
from sparsefool.data.image_files import fit, read_picture
from sparsefool.data.photographs import Pictures
from sparsefool.data.picture_sets import keep_set, known_sets, open_set, ship_sets
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError, StoreError
from tests.data.made_pictures import encoded, make_folder, make_parquet

SIZE = (32, 32)


@pytest.fixture(autouse=True)
def _no_sets(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "OWN_SETS", tmp_path / "own")
    monkeypatch.setattr(paths, "SHIPPED_SETS", tmp_path / "shipped")


@pytest.fixture
def file(tmp_path):
    return make_parquet(tmp_path / "photographs.parquet", [0, 7, 1])


def photographs(file, *names, classes=()):
    return Pictures("imagenet", "mine", names, classes, file)


def test_pictures_are_cropped_as_the_sample_pictures_are(file):
    found = photographs(file, "row-2.png", "row-0.png").load(SIZE, 0, 2).gallery
    assert found.labels.tolist() == [1, 0]
    assert found.names == ("row-2.png", "row-0.png")
    expected = fit(read_picture(encoded(2), "row-2.png"), SIZE, 3, 224 / 256).tensor()
    assert (found.images[:1] == expected).all()


def test_test_images_are_chosen_by_number():
    loaded = Pictures("cifar10", "cifar10", (7, 3)).load((32, 32), 1, 2)
    assert (loaded.gallery.images[0] == load_samples("cifar10").images[3]).all()
    assert (loaded.gallery.names, loaded.numbers) == (("cifar10_0003",), (1,))


def test_rows_are_found_by_their_numbers_also_where_they_have_names(tmp_path):
    file = make_parquet(tmp_path / "named.parquet", [3, 4], ["x.JPEG", "y.JPEG"])
    for name in ("row-1.png", "y.JPEG"):
        assert photographs(file, name).load(SIZE, 0, 1).gallery.labels.tolist() == [4]


def test_another_file_than_was_annotated_is_told(file):
    with pytest.raises(DataError, match=r"annotated as cock; in .* labelled goldfish"):
        photographs(file, "row-2.png", classes=("cock",)).load(SIZE, 0, 1)


@pytest.mark.parametrize("name", ["row-3.png", "holiday.png"])
def test_a_picture_that_is_not_there_is_told(file, name):
    with pytest.raises(DataError, match=f"has 3 pictures; {name} is none"):
        photographs(file, name).load(SIZE, 0, 1)


def test_pictures_without_a_place_and_places_without_pictures_are_told(tmp_path):
    with pytest.raises(DataError, match="mine does not come with the project: name its folder"):
        photographs(None, "row-0.png").load(SIZE, 0, 1)
    with pytest.raises(DataError, match=r"There is no file or folder .*gone.parquet"):
        photographs(tmp_path / "gone.parquet", "row-0.png").load(SIZE, 0, 1)
    with pytest.raises(DataError, match="There are 1000 test images of cifar10"):
        Pictures("cifar10", "cifar10", (10_000,)).load((32, 32), 0, 1)


def twenty(tmp_path):
    return make_folder(tmp_path / "birds", [f"{label}/{label}.JPEG" for label in range(20)])


def test_a_sample_is_in_the_order_of_its_names_hashes_and_samples_nest(tmp_path):
    found = open_set(twenty(tmp_path), "imagenet")
    names = sorted(
        (f"{label}.JPEG" for label in range(20)),
        key=lambda name: hashlib.sha256(f"0:{name}".encode()).hexdigest(),
    )
    assert [name for name, _ in found.listed] == names
    loaded = found.pictures.load(SIZE, 0, 20)
    assert loaded.gallery.names == tuple(names)
    assert loaded.gallery.labels.tolist() == [int(name.partition(".")[0]) for name in names]
    few = found.pictures.load(SIZE, 5, 10)
    assert few.numbers == (5, 6, 7, 8, 9)
    assert (few.gallery.images == loaded.gallery.images[5:10]).all()
    assert [name for name, _ in open_set(tmp_path / "birds", "imagenet", seed=1).listed] != names


def test_what_describes_a_sample_is_its_name_its_seed_and_the_digest_of_all_pictures(tmp_path):
    folder = twenty(tmp_path)
    pictures = open_set(folder, "imagenet", seed=3).pictures
    assert len(pictures) == 20
    described = pictures.describe()
    assert json.loads(json.dumps(described)) == described
    assert (described["of"], described["seed"]) == ("birds", 3)
    assert set(described) == {"of", "seed", "digest"}
    (folder / "19" / "19.JPEG").write_bytes(encoded(99, size=(60, 60)))
    assert open_set(folder, "imagenet", seed=3).pictures.describe()["digest"] != described["digest"]


def test_pictures_that_cannot_be_read_are_left_out_by_name_and_the_others_keep_their_places(tmp_path):
    folder = twenty(tmp_path)
    first, second = (name for name, _ in open_set(folder, "imagenet").listed[1:3])
    (folder / first.partition(".")[0] / first).write_bytes(encoded(1)[:500])
    (folder / second.partition(".")[0] / second).write_bytes(b"no picture")
    loaded = open_set(folder, "imagenet").pictures.load(SIZE, 0, 5)
    assert loaded.numbers == (0, 3, 4)
    assert len(loaded.gallery) == 3
    assert f"{first} is damaged" in loaded.left_out[first]
    assert f"{second} is no image file" in loaded.left_out[second]


def test_pictures_that_have_changed_since_they_were_described_are_refused(tmp_path):
    folder = twenty(tmp_path)
    pictures = open_set(folder, "imagenet").pictures
    (folder / "3" / "3.JPEG").unlink()
    with pytest.raises(DataError, match=r"The 19 pictures in .*birds are not the 20 of birds whose digest"):
        pictures.load(SIZE, 0, 5)


def test_a_picture_that_is_gone_stops_the_run_and_is_no_damaged_one(tmp_path):
    folder = twenty(tmp_path)
    found = open_set(folder, "imagenet")
    found.pictures.load(SIZE, 0, 1)
    name = found.listed[4][0]
    (folder / name.partition(".")[0] / name).unlink()
    with pytest.raises(DataError, match=rf"{name} in .* can no longer be read: No such file"):
        found.pictures.load(SIZE, 4, 5)


def test_what_is_in_a_set_is_kept_and_its_name_goes_on(tmp_path):
    folder = twenty(tmp_path)
    assert known_sets("imagenet") == ()
    found = open_set(folder, "imagenet", name="birds of June", title="photographs of birds")
    path = keep_set(found)
    assert path.parent == tmp_path / "own"
    (known,) = known_sets("imagenet")
    assert (known.pictures, known.title, known.listed) == (found.pictures, found.title, found.listed)
    assert known.heading == "20 photographs of birds"
    assert known_sets("cifar10") == ()
    folder.rename(tmp_path / "elsewhere")
    again = open_set(tmp_path / "elsewhere", "imagenet")
    assert (again.pictures, again.title) == (found.pictures, found.title), "the same pictures, the same rows"
    assert open_set(tmp_path / "elsewhere", "imagenet", seed=1).pictures.source == "birds of June"
    assert open_set(tmp_path / "elsewhere", "imagenet", name="July").pictures.source == "July"
    ship_sets([found.pictures])
    assert [path.name for path in (tmp_path / "shipped").iterdir()] == [path.name]
    assert len(known_sets("imagenet")) == 1


def test_a_damaged_file_of_a_set_is_named(tmp_path):
    path = keep_set(open_set(twenty(tmp_path), "imagenet"))
    path.write_text("{}")
    with pytest.raises(StoreError, match=f"{path.name} is damaged .*Delete it"):
        known_sets("imagenet")

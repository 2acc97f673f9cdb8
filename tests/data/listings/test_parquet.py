import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sparsefool.data.listings import find
from sparsefool.data.listings.find import list_pictures, place_of
from sparsefool.errors import DataError, ImageError
from tests.data.made_pictures import encoded, make_folder, make_parquet


def read(listing):
    return [listing.read(at) for at in range(len(listing))]


def test_rows_are_named_by_their_paths_or_numbers(tmp_path):
    path = make_parquet(tmp_path / "a.parquet", [5, 0, 7], ["x.JPEG", "", "y.JPEG"], row_group_size=2)
    listing = list_pictures(path, "imagenet")
    assert listing.names == ("x.JPEG", "row-1.png", "y.JPEG")
    assert [each.label for each in listing.entries] == [5, 0, 7]
    assert read(listing) == [encoded(0), encoded(1), encoded(2)]


def test_paths_that_come_twice_are_no_names(tmp_path):
    path = make_parquet(tmp_path / "a.parquet", [1, 2, 3], ["x.png", "x.png", "y.png"])
    assert list_pictures(path, "imagenet").names == ("row-0.png", "row-1.png", "y.png")


def test_files_of_a_folder_are_read_one_after_the_other(tmp_path):
    make_parquet(tmp_path / "data" / "validation-00001-of-00002.parquet", [3])
    make_parquet(tmp_path / "data" / "validation-00000-of-00002.parquet", [1, 2])
    listing = list_pictures(tmp_path, "imagenet")
    assert [each.label for each in listing.entries] == [1, 2, 3]
    assert listing.names == ("row-0.png", "row-1.png", "row-2.png")
    assert read(listing) == [encoded(0), encoded(1), encoded(0)]


def test_of_several_splits_the_validation_set_is_taken_and_that_is_said(tmp_path):
    for label, name in enumerate(("train-0", "validation-0", "test-0")):
        make_parquet(tmp_path / f"{name}.parquet", [label])
    listing = list_pictures(tmp_path, "imagenet")
    assert [each.label for each in listing.entries] == [1]
    assert listing.notes == (f"Of the files in {tmp_path}, those of validation are taken, not test, train.",)


def test_the_column_of_a_data_set_is_known(tmp_path):
    make_parquet(tmp_path / "test.parquet", [9], column="img")
    assert [each.label for each in list_pictures(tmp_path, "cifar10").entries] == [9]


@pytest.mark.parametrize("label", [1000, -1, None])
def test_a_label_out_of_range_is_named(tmp_path, label):
    path = make_parquet(tmp_path / "a.parquet", [0, label], ["", "x.png"])
    with pytest.raises(DataError, match=rf"label of x\.png is {label}; ImageNet has the classes 0 to 999"):
        list_pictures(path, "imagenet")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"picture": [1], "label": [0]},
            r"needs a column image .* it has picture \(int64\), label \(int64\)",
        ),
        ({"image": ["a.png"], "label": [0]}, r"needs a column image of structs .* image \(.*string\)"),
        ({"image": [{"bytes": b"", "path": ""}]}, "needs a column image .* and a column label"),
        ({"image": [{"bytes": b"", "path": ""}], "label": ["tench"]}, "label must hold whole numbers"),
    ],
)
def test_other_columns_are_said(tmp_path, columns, message):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=message):
        list_pictures(tmp_path / "a.parquet", "imagenet")


def test_what_is_no_parquet_file_is_said(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"a\.parquet is no readable Parquet file"):
        list_pictures(tmp_path, "imagenet")
    empty = pa.table({"image": [{"bytes": b"", "path": ""}], "label": [0]}).slice(1)
    pq.write_table(empty, tmp_path / "a.parquet")
    with pytest.raises(DataError, match="There is no picture in"):
        list_pictures(tmp_path, "imagenet")


def test_a_row_without_bytes_is_no_picture(tmp_path):
    cells = pa.array(
        [{"bytes": None, "path": "x.png"}], pa.struct({"bytes": pa.binary(), "path": pa.string()})
    )
    pq.write_table(pa.table({"image": cells, "label": [0]}), tmp_path / "a.parquet")
    with pytest.raises(ImageError, match=r"Row 0 of .* has no bytes"):
        list_pictures(tmp_path / "a.parquet", "imagenet").read(0)


def test_files_without_names_are_told_apart_by_their_sizes(tmp_path):
    one = make_parquet(tmp_path / "one.parquet", [0, 1])
    pq.write_table(
        pa.table({"image": [{"bytes": encoded(8, (50, 50)), "path": ""}] * 2, "label": [0, 1]}),
        tmp_path / "b.parquet",
    )
    assert list_pictures(one, "imagenet").digest != list_pictures(tmp_path / "b.parquet", "imagenet").digest


def test_the_digest_and_the_order_of_named_rows_do_not_depend_on_the_file(tmp_path):
    names = [f"{number}.JPEG" for number in range(20)]
    one = list_pictures(make_parquet(tmp_path / "one.parquet", list(range(20)), names), "imagenet")
    two = list_pictures(
        make_parquet(tmp_path / "two.parquet", list(range(20))[::-1], names[::-1], row_group_size=3),
        "imagenet",
    )
    assert one.digest == two.digest
    assert [one.names[at] for at in one.seeded_order(3)] == [two.names[at] for at in two.seeded_order(3)]
    assert one.seeded_order(3) != one.seeded_order(4)


def test_pictures_are_looked_for_in_the_folder_of_their_data_set(tmp_path, monkeypatch):
    make_folder(tmp_path, ["imagenet/0/a.png"])
    inner = tmp_path / "imagenet"
    assert place_of("imagenet", tmp_path) == inner
    assert place_of("imagenet", inner) == inner
    assert place_of("cifar10", tmp_path) == tmp_path, "what a person names is not passed over"
    monkeypatch.delenv(find.DATA_VARIABLE, raising=False)
    assert place_of("imagenet", None) is None
    monkeypatch.setenv(find.DATA_VARIABLE, str(tmp_path))
    assert place_of("imagenet", None) == inner
    assert place_of("cifar10", None) is None, "its own test images are attacked, as without the variable"
    monkeypatch.setenv(find.DATA_VARIABLE, str(inner))
    assert place_of("imagenet", None) == inner
    (inner / "cifar10").mkdir()
    assert place_of("imagenet", None) is None, "a folder of other data sets"
    assert place_of("cifar10", None) is None

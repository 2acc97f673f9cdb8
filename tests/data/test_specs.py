import pytest

from sparsefool.data.specs import DATASETS, class_kinds, class_names, find_dataset, gallery_for
from sparsefool.errors import DataError


@pytest.mark.parametrize("spec", DATASETS, ids=lambda spec: spec.name)
def test_every_description_is_complete_and_consistent(spec):
    assert find_dataset(spec.name) is spec
    assert spec.title
    assert spec.channels in (1, 3)
    assert len(spec.mean) == len(spec.std) == spec.channels
    assert all(0 < value < 1 for value in (*spec.mean, *spec.std))
    assert len(spec.class_names) == len(class_names(spec.name)) > 1
    assert 0 < spec.crop <= 1
    assert spec.paper_lambda >= 1
    assert spec.sweep_images % spec.batch == spec.test_images % spec.batch == 0
    assert spec.max_pixels is None or spec.max_pixels >= 1
    labels = sorted(label for kind in spec.kinds for label in kind.labels)
    assert labels in ([], list(range(len(spec.class_names)))), "each class is of one kind"


def test_names_are_unique():
    assert len({spec.name for spec in DATASETS}) == len({spec.title for spec in DATASETS}) == len(DATASETS)


def test_the_paper_s_lambda():
    assert {spec.name: spec.paper_lambda for spec in DATASETS} == {"mnist": 1, "cifar10": 3, "imagenet": 3}


def test_the_kinds_of_classes_are_what_their_names_say():
    def names(dataset, kind):
        (labels,) = [each.labels for each in class_kinds(dataset) if each.name == kind]
        return [class_names(dataset)[label] for label in labels]

    assert names("cifar10", "animals") == ["bird", "cat", "deer", "dog", "frog", "horse"]
    assert names("cifar10", "vehicles") == ["airplane", "automobile", "ship", "truck"]
    animals, things = names("imagenet", "animals"), names("imagenet", "things")
    assert (animals[0], animals[-1], things[0], things[-1]) == ("tench", "puffer", "abacus", "toilet tissue")
    assert class_kinds("mnist") == class_kinds("other") == ()


def test_an_unknown_data_set_is_named_and_has_no_classes():
    with pytest.raises(DataError, match="no data set 'svhn'; there are mnist, cifar10, imagenet"):
        find_dataset("svhn")
    assert class_names("other") == ()


def test_networks_of_an_unknown_data_set_are_shown_images_that_fit_any_size():
    assert [gallery_for(name) for name in ("mnist", "cifar10", "imagenet", "other")] == [
        "mnist",
        "cifar10",
        "imagenet",
        "imagenet",
    ]

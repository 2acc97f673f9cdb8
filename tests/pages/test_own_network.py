"""A network of one's own on the pages: uploaded, attacked, replaced, and out of reach of other sessions."""

import gc
import hashlib
import json
import time

import pytest
import torch
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from sparsefool.backend import models
from sparsefool.classifier import Classifier
from sparsefool.cli.main import main
from sparsefool.errors import ModelError
from sparsefool.view.shared.controls import own_network
from sparsefool.view.shared.serving import admission
from sparsefool.zoo import own_networks, weight_files
from sparsefool.zoo.own_networks import OwnNetwork
from sparsefool.zoo.specs import find_spec
from tests.own_network import ARCHITECTURE, CLASSES, poisoned_files, safetensors_file, weights_file
from tests.pages.sliders import move_slider
from tests.pages.test_attack_page import APP, new_page, open_page, report_of, settle, texts

pytestmark = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _forget_all():
    yield
    for name in list(own_networks._networks):
        models.forget_network(name)


def opened(**address):
    page = new_page(data="CIFAR-10", **address)
    page.session_state["own_open"] = True
    return settle(page)


def submit(page, data, name="mine.pt", classes=CLASSES, architecture=ARCHITECTURE, **texts_of):
    if data is not None:
        page.file_uploader(key="own_file").upload(name, data)
    page.selectbox(key="own_architecture_cifar10").set_value(architecture)
    page.number_input(key="own_classes_cifar10").set_value(classes)
    for key, text in texts_of.items():
        widget = page.text_area if key == "names" else page.text_input
        widget(key=f"own_{key}_cifar10").set_value(text)
    page.button(key="own_use").click()
    return settle(page)


def wait_until_forgotten():
    for _ in range(100):
        gc.collect()  # the page's thread may be about to end
        if not names() and not loaded_names():
            return
        time.sleep(0.05)
    raise AssertionError(f"{names()} are still there, {loaded_names()} loaded")


def loaded_names():
    return [name for name in models._loaded["cpu"]._values if name.startswith("own/")]


def names():
    return list(own_networks._networks)


def test_the_form_is_computed_only_while_it_is_open():
    page = open_page(data="CIFAR-10")
    assert not [each for each in page.file_uploader if each.key == "own_file"]


def test_an_uploaded_network_is_attacked_as_on_the_command_line(tmp_path):
    data = weights_file("module.")
    page = submit(opened(picture="4"), data)
    assert not page.error
    report = report_of(page)
    assert [report.request.model] == names()
    assert report.weights_sha256 == hashlib.sha256(data).hexdigest()
    assert report.success_8bit
    assert report.before.name.startswith("class ")

    path = tmp_path / "mine.pt"
    path.write_bytes(data)
    options = ["--architecture", ARCHITECTURE, "--num-classes", str(CLASSES), "--input-size", "32"]
    options += ["--mean", "0.4914,0.4822,0.4465", "--std", "0.247,0.2435,0.2616", "--device", "cpu", "--json"]
    done = CliRunner().invoke(main, ["attack", "gallery:cifar10/3", "--weights", str(path), *options])
    assert json.loads(done.stdout)["adversarial_sha256"] == report.adversarial.sha256


def test_class_names_and_other_controls_work_with_it():
    page = submit(opened(), weights_file(), names="\n".join("abcdefg"))
    targets = page.selectbox(key="target").options
    assert targets[1:] == [f"{number} {letter}" for number, letter in enumerate("abcdefg")]
    move_slider(page, "delta", 90)
    settle(page)
    assert report_of(page).request.delta == 90
    assert report_of(page).before.name in "abcdefg"


def test_another_network_takes_its_place_and_the_first_is_forgotten():
    page = submit(opened(), weights_file())
    first = names()
    assert models._loaded["cpu"].get(first[0]) is not None
    submit(page, weights_file(seed=1), "other.pt")
    assert not page.error
    assert len(names()) == 1
    assert names() != first
    assert models._loaded["cpu"].get(first[0]) is None
    assert report_of(page).request.model == names()[0]


def test_the_end_of_the_session_forgets_it():
    page = submit(opened(), weights_file())
    assert len(names()) == 1
    (name,) = names()
    page.session_state["session_networks"] = None
    del page
    wait_until_forgotten()
    assert models._loaded["cpu"].get(name) is None


def held():
    """Return how many networks of one's own there are, described and loaded, and the bytes of all tensors."""
    gc.collect()
    described, loaded, storages = 0, set(), {}
    for each in gc.get_objects():
        kind = type(each)
        described += kind is OwnNetwork
        if kind is Classifier and each.name.startswith("own/"):
            loaded.add(each.name)
        elif issubclass(kind, torch.Tensor):
            storage = each.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
    return described, len(loaded), sum(storages.values())


def held_at_last(limit):
    """Return the same once the tensors are below a limit, or 20 s later: a worker may hold its last job."""
    deadline = time.monotonic() + 20
    while (found := held())[2] >= limit and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def test_many_uploads_leave_the_session_where_it_was():
    page = opened()
    for seed in range(2):
        submit(page, weights_file(seed=seed))
    described, loaded, size = held()
    assert (described, loaded) == (1, 1)
    for seed in range(2, 6):
        data = safetensors_file(seed=seed) if seed % 2 else weights_file(seed=seed)
        submit(page, data, f"{seed}.pt")
        assert report_of(page).request.model == names()[0]
    limit = size + len(data) / 2
    described, loaded, later = held_at_last(limit)
    assert (described, loaded) == (1, 1)
    assert later < limit


def test_sessions_that_come_and_go_leave_nothing():
    def come_and_go():
        page = submit(opened(), weights_file())
        assert report_of(page).request.model in names()
        page.session_state["session_networks"] = None  # AppTest itself ends no session

    come_and_go()
    wait_until_forgotten()
    _, _, size = held()
    for _ in range(2):
        come_and_go()
        wait_until_forgotten()
    limit = size + len(weights_file()) / 2
    described, loaded, later = held_at_last(limit)
    assert (described, loaded) == (0, 0)
    assert later < limit


def test_each_upload_is_forgotten_when_another_is_used(monkeypatch):
    forgotten, used = [], []
    monkeypatch.setattr(own_network, "forget_upload", forgotten.append)
    page = opened()
    for data in (weights_file(), b"no weights", b"no weights", weights_file(seed=1)):
        submit(page, data)
        used.append(page.session_state["own_file"].file_id)
    assert [each for each in forgotten if each] == used[:-1]


def test_a_session_without_a_browser_is_ended_and_its_network_forgotten(monkeypatch):
    over = []
    monkeypatch.setattr(admission, "_enders", {"test session id": lambda: bool(over)})
    submit(opened(), weights_file())
    admission._end_sessions()
    assert len(names()) == 1
    over.append(True)
    admission._end_sessions()
    assert not admission._enders
    assert not names()


def test_a_link_of_another_session_does_not_lead_to_it():
    page = submit(opened(), weights_file())
    (name,) = names()
    title = next(each for each in page.selectbox(key="model").options if name in each)
    other = open_page(data="CIFAR-10", model=title)
    assert "belongs to another session: upload its weights again" in texts(other.warning)
    assert report_of(other).request.model == "cifar10/resnet18"
    assert not [each for each in other.selectbox(key="model").options if name in each]


def test_two_sessions_with_the_same_file_have_two_networks():
    pages = [submit(opened(), weights_file()) for _ in range(2)]
    assert len(names()) == 2
    assert {report_of(page).request.model for page in pages} == set(names())


WRONG = [
    ({"data": None}, "Choose a file of weights first."),
    ({"data": b"no weights"}, "mine.pt is no file of weights"),
    ({"data": b""}, "mine.pt is no file of weights"),
    ({"data": weights_file()[:5000]}, "mine.pt is damaged or incomplete"),
    ({"data": safetensors_file()[:-5000]}, "mine.pt is damaged or incomplete"),
    ({"architecture": "timm/test_vit"}, "mine.pt does not fit timm/test_vit with 7 classes"),
    ({"classes": 8}, "2 of another shape or kind"),
    (
        {"classes": 1000, "names": "\n".join(map(str, range(1001)))},
        "There must be a name for each of the 1,000 classes, or none; there are 1,001 names.",
    ),
    ({"names": "\n".join("ab")}, "There must be a name for each of the 7 classes"),
    ({"mean": "1, 2"}, "one finite value per channel"),
    ({"std": "x"}, "The standard deviation must be numbers"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=lambda value: str(value)[:30])
def test_what_cannot_be_used_is_one_sentence_and_nothing_stays(wrong, message):
    page = submit(opened(), **{"data": weights_file(), **wrong})
    assert message in texts(page.error)
    assert "\n" not in page.error[0].value
    assert report_of(page).request.model == "cifar10/resnet18"
    assert not names()


def test_no_classes_cannot_be_chosen():
    page = opened()
    assert page.number_input(key="own_classes_cifar10").min == 1
    submit(page, weights_file(), classes=0)  # which no browser sends: the usual number is taken
    assert "mine.pt does not fit timm/test_resnet with 10 classes" in texts(page.error)


def test_a_poisoned_file_executes_nothing(tmp_path):
    trace, page = tmp_path / "trace", opened()
    for content in poisoned_files(trace):
        submit(page, content)
        assert "mine.pt is not only weights" in texts(page.error)
        assert "nothing in it was executed" in texts(page.error)
        assert "\n" not in page.error[0].value
        assert not trace.exists()
        assert not names()


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(weight_files, "MAX_BYTES", 1_000_000)
    page = submit(opened(), weights_file())
    assert len(page.error) == 1
    assert page.error[0].value == "mine.pt has 2 MB; at most 1 MB are read."
    assert not names()


@pytest.fixture
def _no_download(monkeypatch):
    def load(name, *_):
        raise ModelError(f"{name} is out of reach")

    monkeypatch.setattr(models, "load_model", load)


@pytest.mark.usefixtures("_no_download")
def test_a_link_leads_to_a_network_of_a_library():
    page = open_page(data="ImageNet", model="timm/resnet18 (download)")
    assert page.selectbox(key="model").value.name == "timm/resnet18"
    assert not page.warning
    assert any("downloaded once, when the first run starts" in each.value for each in page.caption)
    assert "timm/resnet18 is out of reach" in texts(page.error)


@pytest.mark.usefixtures("_no_download")
def test_a_network_of_a_library_is_chosen_by_its_name():
    page = new_page(data="ImageNet")
    page.session_state["own_open"] = True
    settle(page)
    page.selectbox(key="named_network_name").set_value("timm/mobilenetv3_small_050")
    page.button(key="named_network_use").click()
    settle(page)
    assert page.selectbox(key="model").value.name == "timm/mobilenetv3_small_050"
    page.selectbox(key="named_network_name").set_value("timm/vit_huge_patch14_224")
    page.button(key="named_network_use").click()
    settle(page)
    assert "timm/vit_huge_patch14_224 cannot be attacked" in texts(page.error)


def test_a_network_with_the_classes_of_the_data_set_can_be_compared():
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.query_params["data"] = "CIFAR-10"
    page.session_state["own_open"] = True
    page.run()
    page.switch_page("pages/comparison.py").run()
    page.session_state["own_open"] = True
    page.run()
    page.file_uploader(key="own_file").upload("mine.pt", weights_file(classes=10))
    page.selectbox(key="own_architecture_cifar10").set_value(ARCHITECTURE)
    page.button(key="own_use").click()
    page.run()
    assert not page.exception
    (name,) = names()
    assert find_spec(name).dataset == "cifar10"
    assert name in page.multiselect(key="models").value
    assert not texts(page.error)

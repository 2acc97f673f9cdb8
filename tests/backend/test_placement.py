import threading

import pytest
import torch

from sparsefool import devices
from sparsefool.backend import placement
from sparsefool.backend.placement import make_of, place_of, placed_on, places_of
from sparsefool.devices import DeviceInfo
from sparsefool.errors import DeviceError

DEVICES = (
    DeviceInfo("cuda:0", "A make", 2**30),
    DeviceInfo("cuda:1", "A make", 2**30),
    DeviceInfo("cpu", "A processor", 2**30),
)


@pytest.fixture(autouse=True)
def _three_devices(monkeypatch):
    for module in (devices, placement):
        monkeypatch.setattr(module, "available_devices", lambda: DEVICES)


def test_auto_is_the_preferred_device_or_that_of_the_worker():
    assert place_of("auto") == "cuda:0"
    with placed_on("cuda:1"):
        assert (place_of("auto"), place_of("cpu"), place_of("cuda")) == ("cuda:1", "cpu", "cuda:0")
        with placed_on("cpu"):
            assert place_of("auto") == "cpu"
        assert place_of("auto") == "cuda:1"
    assert place_of("auto") == "cuda:0"


def test_it_holds_in_one_thread_only():
    found = []
    with placed_on("cuda:1"):
        thread = threading.Thread(target=lambda: found.append(place_of("auto")))
        thread.start()
        thread.join()
    assert found == ["cuda:0"]


def test_auto_may_be_anywhere_and_a_chosen_device_only_there():
    assert places_of("auto") == ("cuda:0", "cuda:1", "cpu")
    assert places_of("cuda:1") == ("cuda:1",)
    with pytest.raises(DeviceError, match="no device 'cuda:7'"):
        places_of("cuda:7")


def test_two_devices_of_a_make():
    assert make_of("cuda:0") == make_of(str(torch.device("cuda:1"))) != make_of("cpu")

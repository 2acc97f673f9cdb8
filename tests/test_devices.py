import pytest
import torch

from sparsefool.devices import available_devices, choose_device, device_info
from sparsefool.errors import DeviceError


def test_auto_prefers_cuda_then_mps_then_the_cpu():
    names = [device.name.partition(":")[0] for device in available_devices()]
    assert names == sorted(names, key=["cuda", "mps", "cpu"].index)
    assert str(choose_device("auto")) == available_devices()[0].name


def test_the_cpu_is_described_with_name_and_memory():
    info = device_info("cpu")
    assert info.memory > 2**28
    assert f"{torch.get_num_threads()} threads" in info.title
    assert "GiB" in str(info)


@pytest.mark.parametrize("wanted", ["cuda:99", "tpu", ""])
def test_a_device_that_is_not_here_is_refused_with_what_is(wanted):
    with pytest.raises(DeviceError, match=r"it has .*cpu"):
        choose_device(wanted)

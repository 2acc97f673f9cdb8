"""Files of weights: what they may be wrapped in, and what must be refused in one sentence."""

import argparse
import io
import os
import pickle
import warnings
import zipfile
from contextlib import suppress

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn

from sparsefool.errors import ModelError
from sparsefool.zoo import weight_files
from sparsefool.zoo.weight_files import load_into, read_state_dicts


def small(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, 5)).eval()


def torch_file(content, **options):
    file = io.BytesIO()
    torch.save(content, file, **options)
    return file.getvalue()


def load(data, name="weights.pt"):
    network = small(1)
    load_into(network, read_state_dicts(data, name), name, "a small network")
    return network


def same(one, two):
    return all(
        torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    )


def prefixed(prefix):
    return {f"{prefix}{key}": value for key, value in small().state_dict().items()}


def test_the_two_formats_give_the_same_network():
    state = small().state_dict()
    legacy = torch_file(state, _use_new_zipfile_serialization=False)
    networks = [load(data) for data in (torch_file(state), legacy, save(state))]
    assert all(same(network, small()) for network in networks)
    images = torch.rand(2, 3, 8, 8)
    assert all(torch.equal(network(images), small()(images)) for network in networks)


PREFIXES = ["module.", "_orig_mod.", "model.", "module._orig_mod.", "model.module.module.", "net."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_a_network_was_wrapped_in_does_not_matter(prefix):
    assert same(load(torch_file(prefixed(prefix))), small())
    assert same(load(save(prefixed(prefix))), small())


def test_real_wrappers_are_seen_through():
    compiled, parallel = torch.compile(small()), nn.DataParallel(small())
    averaged = torch.optim.swa_utils.AveragedModel(small())
    for wrapper in (compiled, parallel, averaged):
        assert same(load(torch_file(wrapper.state_dict())), small())
    inside = small()
    inside[0] = torch.compile(inside[0])
    assert same(load(torch_file(inside.state_dict())), small())


@pytest.mark.parametrize("key", ["state_dict", "model", "ema", "model_state_dict", "anything"])
def test_a_state_dict_is_found_in_a_checkpoint(key):
    optimizer = torch.optim.AdamW(small().parameters())
    checkpoint = {
        "epoch": 3,
        "best": np.float64(0.5),
        "args": argparse.Namespace(lr=0.1),
        "optimizer": optimizer.state_dict(),
        key: prefixed("module."),
    }
    assert same(load(torch_file(checkpoint)), small())
    assert same(load(torch_file({"checkpoint": checkpoint})), small())


def test_a_moving_average_or_the_momentum_is_not_taken_for_the_network():
    others = small(7).state_dict()
    content = {"ema": others, "optimizer": {"momentum": others}, "state_dict": small().state_dict()}
    assert same(load(torch_file(content)), small())


def test_half_precision_becomes_float32():
    half = small().half().state_dict()
    network = load(save(half))
    assert network[0].weight.dtype == torch.float32
    assert torch.equal(network[0].weight, half["0.weight"].float())


def test_counters_of_batches_do_not_matter():
    state = {key: value for key, value in small().state_dict().items() if "num_batches" not in key}
    assert same(load(torch_file(state)), small())


@pytest.mark.parametrize("prefix", ["", "module."])
def test_missing_and_superfluous_weights_are_named(prefix):
    state = prefixed(prefix)
    del state[f"{prefix}3.bias"]
    state[f"{prefix}3.weight"] = torch.zeros(7, 144)
    state |= {f"head.{number}": torch.zeros(1) for number in range(5)}
    with pytest.raises(ModelError) as caught:
        load(torch_file(state))
    assert str(caught.value) == (
        "weights.pt does not fit a small network: 1 missing (3.bias); "
        "5 too much (head.0, head.1, head.2 and 2 more); "
        "1 of another shape or kind (3.weight is 7 x 144 float32 instead of 5 x 144 float32)."
    )


def test_whole_numbers_are_no_weights():
    state = small().state_dict() | {"3.weight": torch.zeros(5, 144, dtype=torch.int8)}
    with pytest.raises(ModelError, match=r"3.weight is 5 x 144 int8 instead of 5 x 144 float32"):
        load(torch_file(state))


def test_a_weight_that_is_nan_is_named():
    with pytest.raises(ModelError, match=r"weight 3.bias holds NaN"):
        load(torch_file(small().state_dict() | {"3.bias": torch.full((5,), torch.nan)}))


class Poison:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class SystemPoison(Poison):
    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("poison", [Poison, SystemPoison])
@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_poisoned_pickle_executes_nothing(poison, protocol, tmp_path):
    traces = tmp_path / "trace"
    content = {"state_dict": small().state_dict(), "extra": poison(traces)}
    files = [
        torch_file(content, pickle_protocol=max(2, protocol)),
        torch_file(content, pickle_protocol=max(2, protocol), _use_new_zipfile_serialization=False),
        pickle.dumps(poison(traces), protocol=protocol),
        pickle.dumps({"module.0.weight": poison(traces)}, protocol=protocol),
    ]
    for data in files:
        with pytest.raises(ModelError) as caught:
            load(data)
        assert "\n" not in str(caught.value)
        assert not traces.exists()
        assert "nothing in it was executed" in str(caught.value) or protocol < 2
    pickle.loads(files[2])
    assert traces.exists(), "the pickle is poisonous where it is trusted"


def test_a_whole_network_is_refused_with_the_way_out():
    with pytest.raises(ModelError, match=r"holds torch.nn.*nothing in it was executed.*state_dict\(\)"):
        load(torch_file(small()))


@pytest.mark.parametrize("part", [0, 3, 8, 9, 100, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_one_sentence(part):
    state = small().state_dict()
    legacy = torch_file(state, _use_new_zipfile_serialization=False)
    for data in (torch_file(state), save(state), legacy):
        cut = part if isinstance(part, int) else int(part * len(data))
        with pytest.raises(ModelError, match=r"damaged|no file of weights|not only weights") as caught:
            load(data[:cut])
        assert "\n" not in str(caught.value)


def test_random_damage_is_never_another_error():
    state = small().state_dict()
    generator = np.random.default_rng(0)
    legacy = torch_file(state, _use_new_zipfile_serialization=False)
    for data in (torch_file(state), save(state), legacy):
        for _ in range(40):
            damaged = np.frombuffer(data, np.uint8).copy()
            places = generator.integers(0, min(len(data), 600), 6)
            damaged[places] = generator.integers(0, 256, 6)
            with suppress(ModelError):
                load(damaged.tobytes())


@pytest.mark.parametrize("data", [b"", b"hello", b"<html>", b"version https://git-lfs", b"\x89HDF\r\n\x1a\n"])
def test_another_format_is_named(data):
    with pytest.raises(ModelError, match=r"weights.pt is no file of weights: safetensors"):
        load(data)


@pytest.mark.parametrize("content", [[torch.zeros(3)], torch.zeros(3), {"a": 1}, {0: torch.zeros(1)}, "text"])
def test_a_file_without_a_state_dict_is_named(content):
    with pytest.raises(ModelError, match="holds no state dict"):
        load(torch_file(content))


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    data = torch_file(small().state_dict())
    monkeypatch.setattr(weight_files, "MAX_BYTES", len(data) - 1)
    with pytest.raises(ModelError, match="at most 0 MB are read"):
        load(data)


def test_an_archive_that_unpacks_to_too_much_is_refused():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a/data/0", "w") as file:
        for _ in range(501):
            file.write(bytes(1_000_000))
    with pytest.raises(ModelError, match=r"weights.pt, unpacked, has 501 MB; at most 500 MB are read"):
        load(bomb.getvalue())


def test_a_torchscript_program_is_refused():
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        traced = torch.jit.trace(small(), torch.rand(1, 3, 8, 8))
        torch.jit.save(traced, file)
    with pytest.raises(ModelError, match="is a TorchScript program"):
        load(file.getvalue())

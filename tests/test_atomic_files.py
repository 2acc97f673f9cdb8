import os
import threading

import pytest

from sparsefool.atomic_files import replacing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "folder" / "file.txt"
    with replacing(path) as unfinished:
        assert unfinished.parent == path.parent
        unfinished.write_text("half")
        assert not path.exists()
        unfinished.write_text("whole")
    assert path.read_text() == "whole"
    assert names(path.parent) == ["file.txt"]


@pytest.mark.parametrize("earlier", [None, "earlier"])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, earlier):
    path = tmp_path / "file.txt"
    if earlier:
        path.write_text(earlier)

    def fail():
        with replacing(path) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(tmp_path) == (["file.txt"] if earlier else [])
    assert not earlier or path.read_text() == earlier


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "file.txt"):
        pass
    assert names(tmp_path) == []


def test_two_writers_do_not_mix_and_the_last_one_wins(tmp_path):
    path = tmp_path / "file.txt"
    with replacing(path) as first:
        with replacing(path) as second:
            first.write_text("first")
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert names(tmp_path) == ["file.txt"]


def test_a_reader_never_sees_a_part(tmp_path):
    path = tmp_path / "file.txt"

    def write(letter):
        for _ in range(50):
            with replacing(path) as unfinished:
                unfinished.write_text(letter * 100_000)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        text = path.read_text() if path.exists() else "a" * 100_000
        assert len(text) == 100_000
        assert len(set(text)) == 1
    assert names(tmp_path) == ["file.txt"]


def test_what_must_last_is_on_the_disk_before_the_old_file_goes(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("old")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(path.read_text()))
    with replacing(path) as unfinished:
        unfinished.write_text("new")
    assert synced == []
    with replacing(path, durable=True) as unfinished:
        unfinished.write_text("newer")
    assert synced == ["new"]
    assert path.read_text() == "newer"

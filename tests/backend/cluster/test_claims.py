import subprocess
import sys

import pytest
from filelock import FileLock, Timeout

from sparsefool.backend.cluster.claims import Claims

HOLDING = """
import sys, time
from pathlib import Path
from sparsefool.backend.cluster.claims import Claims
with Claims(Path(sys.argv[1])) as claims:
    claims.claim(["x"])
    print("claimed", flush=True)
    time.sleep(600)
"""


def test_what_one_claims_the_others_see_until_it_is_done(tmp_path):
    with Claims(tmp_path / "new") as ours, Claims(tmp_path / "new") as theirs:
        assert ours.others() == theirs.others() == frozenset()
        theirs.claim(["a", "b"])
        ours.claim(["c"])
        assert ours.others() == {"a", "b"}
        assert theirs.others() == {"c"}
        theirs.claim(["b"])
        assert ours.others() == {"b"}
    assert list((tmp_path / "new").iterdir()) == []


def test_only_one_at_a_time_chooses(tmp_path):
    with Claims(tmp_path) as ours, Claims(tmp_path) as theirs:
        with ours.one_at_a_time(), pytest.raises(Timeout):
            FileLock(tmp_path / "choosing").acquire(blocking=False)
        with theirs.one_at_a_time():
            pass


def test_where_nothing_can_be_written_there_are_no_claims(tmp_path):
    (tmp_path / "file").touch()
    with Claims(tmp_path / "file" / "claims") as ours, ours.one_at_a_time():
        assert ours.others() == frozenset()
        ours.claim(["x"])


@pytest.mark.program
def test_the_claims_of_a_process_that_was_killed_count_no_more(tmp_path):
    with (
        subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path)], stdout=subprocess.PIPE) as process,
        Claims(tmp_path) as ours,
    ):
        assert process.stdout.readline() == b"claimed\n"
        assert ours.others() == {"x"}
        process.kill()
        process.wait()
        assert ours.others() == frozenset()
    assert list(tmp_path.iterdir()) == []

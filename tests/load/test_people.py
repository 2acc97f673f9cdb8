import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.running import running_server
from tests.load.people import measure

pytestmark = [pytest.mark.program, pytest.mark.timeout(300)]


def test_everybody_is_answered_and_sees_the_own_picture(tmp_path):
    log = tmp_path / "log.txt"
    with running_server(log) as (address, _):
        people = measure(address, people=6, moves=2, pause=0.5, link="data=MNIST&picture=#")
        with ThreadPoolExecutor(1) as beside_the_browsers_loop:
            found = beside_the_browsers_loop.submit(asyncio.run, people).result()
    assert (found["opened"]["n"], found["moved"]["n"]) == (6, 12)
    assert (found["refused"], found["unanswered"], found["exceptions"]) == (0, 0, [])
    assert found["with a picture of another"] == 0
    assert "Traceback" not in log.read_text()

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparsefool.view.shared.runs import PATIENCE
from tests.browser.running import running_server
from tests.load.people import Person, measure

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


async def move_and_only_listen(address):
    person = Person(address, "data=CIFAR-10&picture=3")
    await person.open()
    assert await person.wait_for("δ = 255")
    await person.move(200)
    try:
        return await asyncio.wait_for(person.wait_for("δ = 200", asks=False), 60)
    finally:
        await person.close()


def test_a_result_appears_when_it_is_ready_though_the_page_does_not_ask_for_it(tmp_path):
    with running_server(tmp_path / "log.txt") as (address, _), ThreadPoolExecutor(1) as beside:
        seconds = beside.submit(asyncio.run, move_and_only_listen(address)).result()
    assert seconds > PATIENCE, "the network had to be loaded: until then the page showed progress"

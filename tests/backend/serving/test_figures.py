import re
import threading
import urllib.request
from functools import partial

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sparsefool.backend.attack.report_store import report_store
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.models import gallery_picture
from sparsefool.backend.serving.figures import figures_text
from sparsefool.backend.serving.figures_server import ADDRESS, serve_figures
from sparsefool.backend.work.devices import device_pool

SOON = 120.0


@pytest.fixture(scope="module")
def address():
    return f"http://{ADDRESS}:{serve_figures(0)}"


def fetched(url):
    with urllib.request.urlopen(url, timeout=SOON) as answer:
        return answer.read().decode()


def figures(address):
    families = text_string_to_metric_families(fetched(f"{address}/metrics"))
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_one_attack_is_counted_where_it_happens(address):
    request = AttackRequest(
        "mnist/lenet", gallery_picture("mnist/lenet", "mnist", 3), 1.0, 250.0, device="cpu"
    )
    report_store().clear()
    before = figures(address)

    def more(*name):
        return figures(address)[name] - before.get(name, 0.0)

    assert report_store().find(request) is None
    job = device_pool().submit(partial(run_attack, request), session="figures", device="cpu")
    assert job.wait(SOON)
    report = job.result
    assert report_store().find(request) is not None

    assert more("sparsefool_report_lookups_total", "missing") == 1
    assert more("sparsefool_report_lookups_total", "kept") == 1
    assert more("sparsefool_report_bytes") > 0
    assert more("sparsefool_pass_images_sum", "cpu", "forward") >= report.forwards
    assert more("sparsefool_pass_images_count", "backward", "cpu") > 0
    assert figures(address)["sparsefool_jobs_waiting", "attack", "cpu"] == 0
    assert figures(address)["process_resident_memory_bytes",] > 50e6


def test_the_seconds_of_a_job_are_counted_by_its_end(address):
    before = figures(address)

    def fail(_):
        raise ValueError("on purpose")

    for work in (fail, lambda _: "done"):
        assert device_pool().submit(work, session="figures", device="cpu", alone=True).wait(SOON)
    assert device_pool().submit(lambda _: "later", session="figures", device="cpu", alone=True).wait(SOON)
    after = figures(address)  # the last but one job has been counted before the last one ran
    for end in ("done", "failed"):
        name = "sparsefool_job_seconds_count", "cpu", end, "long"
        assert after[name] - before.get(name, 0.0) >= 1, end


def test_people_read_the_same_figures_in_lines(address):
    text = fetched(address)
    assert text.splitlines()[:3] == figures_text().splitlines()[:3]
    (memory,) = re.findall(r"Resident memory.* ([\d,.]+) MB$", text, re.MULTILINE)
    told = figures(address)["process_resident_memory_bytes",] / 1e6
    assert float(memory.replace(",", "")) == pytest.approx(told, rel=0.2)
    assert re.search(r"^Seconds that a job has run.*\(cpu, long, done\) +n = \d+, mean", text, re.MULTILINE)
    assert "_created" not in text
    assert max(map(len, text.splitlines())) < 140


def test_the_queue_of_a_device_is_counted(address):
    entered, go_on = threading.Event(), threading.Event()

    def work(_):
        entered.set()
        assert go_on.wait(SOON)

    jobs = [device_pool().submit(work, session="first", device="cpu", alone=True)]
    assert entered.wait(SOON)
    jobs += [
        device_pool().submit(work, session=each, device="cpu", alone=True) for each in ("second", "third")
    ]
    assert figures(address)["sparsefool_jobs_waiting", "cpu", "long"] == 2
    go_on.set()
    assert all(job.wait(SOON) for job in jobs)
    assert figures(address)["sparsefool_jobs_waiting", "cpu", "long"] == 0

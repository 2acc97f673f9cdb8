"""Measure in a real browser what networks of one's own leave behind: ``python -m tests.browser.memory``.

One session uploads a ResNet-18 for CIFAR-10 (45 MB, as safetensors and as torch saves it, in turn) many times
and attacks each, now and then with the form closed and opened in between; then sessions come, upload, attack,
and go. Printed is the memory of the server: before each figure it collects garbage and returns what is free
to the system.
"""

import gc
import runpy
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import contextmanager
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright
from safetensors.torch import save_file

from sparsefool.runtime import return_freed_memory
from sparsefool.view.shared.streamlit_internals.sessions import ABSENCE
from sparsefool.zoo.loading import load_model
from tests.browser.explorer_page import ExplorerPage
from tests.browser.running import ARGUMENTS, CHROMIUM, running_server

NETWORK = "cifar10/resnet18"
QUERY = "?data=CIFAR-10&picture=4&delta=100"
WARM_UP = 5
PATIENCE_MS = 600_000

CHOSEN = """name => [...document.querySelectorAll('.st-key-model input')]
    .some(each => each.value.includes(name))"""


def serve():
    """Run Streamlit with the arguments of this program; on a signal, collect garbage and return memory."""

    def tidy_up(*_):
        gc.collect()
        return_freed_memory()

    signal.signal(signal.SIGUSR1, tidy_up)
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def memory(server):
    """Return the megabytes that the server holds."""
    server.send_signal(signal.SIGUSR1)
    time.sleep(5)
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1000


def memory_when_all_have_gone(server):
    """Return the same once every session is over whose browser has gone."""
    time.sleep(ABSENCE + 20)
    return memory(server)


def write_networks(folder):
    """Write the weights of two networks that differ, each as one kind of file; return their paths."""
    state = load_model(NETWORK, "cpu").module.state_dict()
    paths = folder / "network.safetensors", folder / "network.pt"
    save_file({key: value.contiguous() for key, value in state.items()}, paths[0])
    torch.save(
        {key: 1.001 * value if key.endswith("weight") else value for key, value in state.items()}, paths[1]
    )
    return paths


@contextmanager
def session(browser, address):
    """Open the Attack page and the form for another network."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = ExplorerPage(context.new_page(), address)
    page.page.set_default_timeout(PATIENCE_MS)
    page.open(QUERY)
    page.wait_for_result()
    page.page.locator(".st-key-own_open summary").click()
    page.page.locator(".st-key-own_file input[type=file]").wait_for(state="attached")
    yield page
    context.close()


def reopen(page):
    """Close the form, and open it again: the file that was uploaded has gone from it."""
    for _ in range(2):
        page.page.locator(".st-key-own_open summary").click()
        page.page.wait_for_timeout(1000)
        page.wait_until_idle()


def upload(page, paths, number):
    """Upload a file under a name of its own; wait for the attack on that network."""
    path = paths[number % len(paths)]
    link = path.with_name(f"{number}{path.suffix}")
    link.symlink_to(path)
    page.wait_until_idle()
    page.page.locator(".st-key-own_file input[type=file]").set_input_files(link)
    page.page.locator(".st-key-own_file").get_by_text(link.name).first.wait_for()
    page.wait_until_idle()
    page.press("Use this network")
    page.page.wait_for_function(CHOSEN, arg=link.name)
    page.wait_until_idle()
    page.wait_for_result()
    link.unlink()


def main(uploads, sessions):
    """Print the memory before and after."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        paths = write_networks(Path(folder))
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        with running_server(Path(folder, "log.txt"), "tests.browser.memory") as (address, server):
            with session(chromium, address) as page:
                for number in range(WARM_UP):
                    upload(page, paths, number)
                before = memory(server)
                for number in range(WARM_UP, WARM_UP + uploads):
                    if number % 5 == 0:
                        reopen(page)
                    upload(page, paths, number)
                after = memory(server)
            print(
                f"n = {uploads} uploads in a session: {before:.0f} MB before, {after:.0f} MB after",
                flush=True,
            )
            before = memory_when_all_have_gone(server)
            for number in range(sessions):
                with session(chromium, address) as page:
                    upload(page, paths, number)
            after = memory_when_all_have_gone(server)
            print(f"n = {sessions} sessions that came and went: {before:.0f} MB before, {after:.0f} MB after")
        chromium.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        serve()
    else:
        parser = ArgumentParser()
        parser.add_argument("--uploads", type=int, default=50)
        parser.add_argument("--sessions", type=int, default=20)
        main(**vars(parser.parse_args()))

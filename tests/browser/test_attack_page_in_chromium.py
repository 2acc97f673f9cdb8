import time

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.data.made_pictures import bomb

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LONG_RUN = "?data=ImageNet&picture=2&lambda=1&max_iter=200&candidates=50"
"""It is not fooled so, on no machine."""


def pixels_changed(before, after):
    return int((before != after).any(axis=2).sum())


def test_a_picked_image_gets_another_label_and_the_pixels_shown_are_the_pixels_counted(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result("LeNet")
    app.choose("picture", "4")
    app.page.wait_for_url("**picture=4**")
    app.page.locator("img[alt*='calls 0']").first.wait_for()
    headline = app.wait_for_result("LeNet")
    assert headline.startswith("The network saw a 0.")
    assert not headline.endswith("it sees a 0.")
    before, after = app.pictures()
    assert 0 < pixels_changed(before, after) == app.number("Pixels")
    marked = app.picture(f"The {app.number('Pixels')} changed pixels")
    coloured = (marked != marked[:, :, :1]).any(axis=2)
    assert np.array_equal(coloured, (before != after).any(axis=2))
    assert app.strangers == []


def test_a_picture_is_shown_at_a_whole_multiple_of_its_size(explorer):
    app = explorer("?data=MNIST")
    app.wait_for_result()
    picture = app.page.locator(".st-key-result img").first
    picture.evaluate("image => image.decode()")
    box = picture.bounding_box()
    assert box["width"] == box["height"]
    assert box["width"] % 28 == 0


def test_moving_delta_changes_the_picture_which_obeys_it(explorer):
    app = explorer("?data=MNIST&delta=90&lambda=5")
    app.wait_for_result("δ = 90")
    before, first = app.pictures()
    assert np.abs(first - before).max() <= 90
    app.move("delta", 30, "ArrowLeft")
    app.wait_for_result("δ = 60")
    same, second = app.pictures()
    assert np.array_equal(same, before)
    assert not np.array_equal(first, second)
    assert 0 < np.abs(second - before).max() <= 60
    app.page.wait_for_url("**delta=60**")


def test_the_address_brings_back_the_same_state(explorer):
    app = explorer("?data=MNIST&picture=3&lambda=1&delta=60&target=7&view=Trajectory")
    headline = app.wait_for_result("δ = 60", "targeted")
    last = int(app.page.wait_for_selector(".st-key-step_player input[max]").get_attribute("max"))
    app.press("Back")
    app.wait_for(f"Iteration {last - 1} of {last}")
    app.page.wait_for_url(f"**step={last - 1}**")
    address = app.page.url
    app.page.reload()
    assert app.wait_for_result("δ = 60", "targeted") == headline
    app.wait_for(f"Iteration {last - 1} of {last}")
    assert app.page.url == address


def test_what_came_with_the_address_goes_along_to_the_next_page(explorer):
    app = explorer("?data=MNIST&picture=3")
    app.wait_for_result("LeNet")
    app.page.get_by_role("link", name="How it works").click()
    app.page.locator("summary", has_text="Another picture").click()
    app.wait_for("Sample 3, true class: 1")


def test_cancelling_a_long_run_frees_the_worker(explorer):
    app = explorer(LONG_RUN)
    app.press("Cancel")
    app.wait_for("The run was cancelled.")
    app.choose("data", "MNIST")
    assert app.wait_for_result("LeNet").startswith("The network saw a 7.")


def test_a_closed_page_does_not_keep_the_worker_busy(explorer):
    left = explorer(LONG_RUN)
    left.page.get_by_role("button", name="Cancel").wait_for()
    left.page.goto("about:blank")
    other = explorer("?data=MNIST")
    assert other.wait_for_result("LeNet").startswith("The network saw a 7.")


def test_playing_moves_through_the_iterations_to_the_end(explorer):
    app = explorer("?data=MNIST&picture=3&lambda=1&delta=60")
    app.wait_for_result("δ = 60")
    scrubber = app.page.locator(".st-key-step_player input[max]")
    last = scrubber.get_attribute("max")
    app.press("Play")
    expect(app.page.get_by_text("Iteration 0 of")).to_be_visible()
    expect(app.page.get_by_text(f"Iteration {last} of {last}")).to_be_visible()
    expect(app.page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_two_people_at_once_get_their_own_results(explorer):
    first, second = explorer("?data=MNIST&picture=1&delta=200"), explorer("?data=MNIST&picture=2&delta=210")
    assert first.wait_for_result("δ = 200").startswith("The network saw a 7.")
    assert second.wait_for_result("δ = 210").startswith("The network saw a 2.")


def test_the_table_and_the_picture_of_pixels_are_there(explorer):
    app = explorer("?data=MNIST&view=Pixels")
    app.wait_for_result()
    app.wait_for(f"{app.number('Pixels')} pixels")
    app.page.locator(".st-key-pixels img").wait_for()
    app.page.locator(".stDataFrame canvas").first.wait_for()


def test_bad_files_get_messages_and_the_page_goes_on(explorer):
    app = explorer("?data=MNIST&source=File")
    app.wait_for("No picture yet")
    app.upload("text.png", b"this is no picture")
    app.wait_for("text.png is no image file that can be read")
    app.upload("bomb.png", bomb())
    app.wait_for("bomb.png has 30000 x 30000 pixels")
    app.upload("huge.png", b"\x89PNG\r\n\x1a\n" + bytes(10_600_000))
    app.page.get_by_text("File must be 10.0MB or smaller").wait_for(state="attached")
    app.choose("source", "Samples")
    assert app.wait_for_result("LeNet").startswith("The network saw a 7.")


def test_unusable_values_in_the_address_are_reset_with_a_notice(explorer):
    app = explorer("?data=MNIST&lambda=abc&delta=999&picture=-1")
    app.wait_for_result("λ = 1", "δ = 255")
    app.wait_for("lambda='abc' in the address is not a number from 1 to 20; 1 is used.")
    app.wait_for("delta='999' in the address")
    app.wait_for("picture='-1' in the address")
    assert "abc" not in app.page.url


def test_another_data_set_starts_with_its_own_network_and_first_picture(explorer):
    app = explorer("?data=MNIST&picture=4&target=8")
    app.wait_for_result("LeNet", "targeted")
    app.choose("data", "ImageNet")
    app.wait_for("Sample 1, true class: bull mastiff")
    app.page.wait_for_url(lambda url: "picture" not in url and "target" not in url)
    notices = app.page.get_by_text("in the address").all_inner_texts()
    assert notices == []


def test_dragging_fast_ends_at_the_last_value(explorer):
    app = explorer("?data=MNIST&picture=5")
    app.wait_for_result("λ = 1")
    app.move("lambda", 20, "ArrowRight")
    app.wait_for_result("λ = 11")
    time.sleep(1)
    assert app.wait_for_result("λ = 11")

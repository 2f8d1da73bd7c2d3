"""`make screenshots`: pictures of every page and state, at phone and desktop width, light and dark, and a sheet of all.

This isn't a test and isn't collected as one, but it uses the fixtures of the tests: a site, an embedded AWS, a browser.
The images of the README are composed of these pictures.
"""

import shutil
from base64 import b64encode
from pathlib import Path

import pytest
from django.urls import resolve

from tests.e2e.conftest import ask, code_in_inbox
from tests.e2e.looks import looks
from tests.e2e.states import WALKS
from tests.examples.conftest import demonstration

FOLDER = Path("build/screenshots")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Every page and state</title>
<style>
  body {{ background: #777; color: #fff; font: 16px system-ui }}
  div {{ display: flex; gap: 16px; align-items: start; overflow-x: auto }}
  img {{ max-height: 800px }}
</style>
{rows}
"""
ROW = '<h2 id="{state}">{state}</h2><div>{pictures}</div>\n'
PICTURE = '<a href="{name}"><img loading="lazy" src="{name}" alt="{look}"></a>'

# The images of the README and docs/staff.md: the width of each picture, and which pictures.
IMAGES = Path("docs/images")
README = {
    "journey": (320, ["sign-in-320-light", "code-320-dark", "account-320-light", "code-wrong-ar-320-dark"]),
    "applications": (320, ["bakery", "bakery-sign-in", "bakery-signed-in", "garden-signed-in"]),
    "staff": (1120, ["analytics-30d-1280-light"]),
}
STRIP = """<!doctype html><style>
  body {{ display: flex; gap: 20px; width: fit-content; margin: 0; padding: 20px; background: #cfc7bc }}
  img {{ width: {width}px; height: 680px; object-fit: cover; object-position: top; border-radius: 20px }}
</style>{pictures}"""


@pytest.fixture(scope="module")
def taken():
    """A list for the pictures of each state, which are put on the sheet at the end."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    states = {}
    yield states
    rows = [ROW.format(state=state, pictures="".join(pictures)) for state, pictures in states.items()]
    (FOLDER / "index.html").write_text(PAGE.format(rows="".join(rows)))


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_take_pictures(walk, stage, taken):
    resolve("/inbox/")  # load the URLs of local mode before LOCAL changes
    stage.settings.OTP_SITE_NAME, stage.settings.LOCAL = "The bakery", False
    for state, page in walk(stage):
        for look in looks(page):
            name = f"{state}-{look}.png"
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({**page.viewport_size, "height": max(tall, page.viewport_size["height"])})
            page.screenshot(path=FOLDER / name, full_page=True)  # Chromium doesn't draw frames below the window
            taken.setdefault(state, []).append(PICTURE.format(name=name, look=look))


def test_take_pictures_of_the_demonstration(browser, taken):
    with demonstration(OTP_SITE_NAME="The village") as (site, bakery, garden):
        page = browser.new_page(base_url=site, viewport={"width": 320, "height": 680})

        def take(name):
            page.screenshot(path=FOLDER / f"{name}.png")
            taken.setdefault("demonstration", []).append(PICTURE.format(name=f"{name}.png", look=name))

        page.goto(bakery)
        take("bakery")
        page.get_by_role("link", name="Sign in").click()
        page.wait_for_url(f"{site}?next=*")
        take("bakery-sign-in")
        ask(page)
        page.get_by_label("Code").fill(code_in_inbox(page))
        page.wait_for_url(bakery)
        take("bakery-signed-in")
        page.goto(garden)
        page.get_by_role("link", name="Sign in").click()
        page.wait_for_url(garden)
        take("garden-signed-in")
        page.close()


@pytest.mark.parametrize("name", README)
def test_compose_those_of_the_readme(page, name):
    width, pictures = README[name]
    files = [b64encode((FOLDER / f"{picture}.png").read_bytes()).decode() for picture in pictures]
    page.set_content(STRIP.format(width=width, pictures="".join(f'<img src="data:;base64,{file}">' for file in files)))
    page.locator("body").screenshot(path=IMAGES / f"{name}.png")

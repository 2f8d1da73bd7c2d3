"""`make screenshots`: pictures of every page and state, on a phone and a desk, by day and by night, and a sheet of all.

No test, and so not collected as one; but it wants what the tests have: a site, an embedded AWS, a browser.
"""

import shutil
from pathlib import Path

import pytest

from tests.e2e.states import WALKS, looks

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


@pytest.fixture(scope="module")
def taken():
    """Fill it with the names of the pictures by look by state; they end up on the sheet."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    states = {}
    yield states
    rows = [ROW.format(state=state, pictures="".join(pictures)) for state, pictures in states.items()]
    (FOLDER / "index.html").write_text(PAGE.format(rows="".join(rows)))


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_take_pictures(walk, stage, taken):
    for state, page in walk(stage):
        for look in looks(page):
            name = f"{state}-{look}.png"
            page.screenshot(path=FOLDER / name, full_page=True)
            taken.setdefault(state, []).append(PICTURE.format(name=name, look=look))

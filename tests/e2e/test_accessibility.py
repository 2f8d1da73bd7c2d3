"""In every page and state, light and dark: axe-core finds no violation, the page fits the width of a phone and of a
desktop window, and it has a link or button to go on."""

from collections import defaultdict

import pytest

from tests.e2e.axe import WCAG_2_2_AA, violations
from tests.e2e.looks import looks
from tests.e2e.states import WALKS

pytestmark = pytest.mark.browser

WIDER = "document.documentElement.scrollWidth > innerWidth"
WAY_ON = "main a, main button:enabled, nav a"  # the admin has its links in breadcrumbs


def tags_for(state):
    """axe-core's tags. Mails have no landmarks, and Swagger UI sets its own headings: for these, WCAG alone."""
    return WCAG_2_2_AA if state.startswith(("mail", "docs")) else [*WCAG_2_2_AA, "best-practice"]


@pytest.mark.axe
@pytest.mark.thorough
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_no_state_violates_wcag_2_2_aa_or_is_a_dead_end(walk, stage):
    found = defaultdict(list)
    for state, page in walk(stage):
        if not (state.startswith("mail") or page.locator(WAY_ON).count()):
            found["a dead end"].append(state)
        for look in looks(page):
            wider = ["wider than the window"] if page.evaluate(WIDER) else []
            for violation in wider + violations(page, tags_for(state)):
                found[violation].append(f"{state} {look}")
    assert not found, "\n".join(f"{violation}\n  in {', '.join(where)}" for violation, where in found.items())

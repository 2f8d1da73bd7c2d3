"""axe-core finds nothing to complain of in any page or state, by day or by night; all fit on a phone as on a desk; and
from each there is a way on."""

from collections import defaultdict

import pytest

from tests.e2e.axe import WCAG_2_2_AA, violations
from tests.e2e.looks import looks
from tests.e2e.states import WALKS

pytestmark = pytest.mark.browser

WIDER = "document.documentElement.scrollWidth > innerWidth"
WAY_ON = "main a, main button:enabled, nav a"  # the admin has its ways in breadcrumbs


def tags_for(state):
    """More than WCAG where the page is all ours: a mail has no landmarks, and Swagger UI chooses its own headings."""
    return WCAG_2_2_AA if state.startswith(("mail", "docs")) else [*WCAG_2_2_AA, "best-practice"]


@pytest.mark.axe
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

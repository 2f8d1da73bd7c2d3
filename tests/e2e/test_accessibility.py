"""axe-core finds nothing to complain of in any page or state, by day or by night; all fit on a phone as on a desk; and
from each there is a way on."""

import os
from collections import defaultdict
from pathlib import Path

import pytest

from tests.e2e.looks import looks
from tests.e2e.states import WALKS
from tests.support.tiers import unavailable

pytestmark = pytest.mark.browser

AXE = Path(os.environ.get("AXE_CORE") or "build/axe-core") / "axe.min.js"
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

WIDER = "document.documentElement.scrollWidth > innerWidth"
WAY_ON = "main a, main button:enabled, nav a"  # the admin has its ways in breadcrumbs
RUN = """async (tags) => {
  const { violations } = await axe.run({ runOnly: tags, preload: false, resultTypes: ["violations"] });
  const why = ({ any, all, none }) => [...any, ...all, ...none].map(({ message }) => message).join("; ");
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}: ${why(node)}`));
}"""


def tags_for(state):
    """More than WCAG where the page is all ours: a mail has no landmarks, and Swagger UI chooses its own headings."""
    return WCAG_2_2_AA if state.startswith(("mail", "docs")) else [*WCAG_2_2_AA, "best-practice"]


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core."""
    if not AXE.exists():
        unavailable(f"no {AXE} (make axe-core fetches it, AXE_CORE names another folder)")
    return AXE.read_text()


@pytest.mark.axe
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_no_state_violates_wcag_2_2_aa_or_is_a_dead_end(walk, stage, axe):
    found = defaultdict(list)
    for state, page in walk(stage):
        if not (state.startswith("mail") or page.locator(WAY_ON).count()):
            found["a dead end"].append(state)
        page.evaluate(axe)
        for look in looks(page):
            wider = ["wider than the window"] if page.evaluate(WIDER) else []
            for violation in wider + page.evaluate(RUN, tags_for(state)):
                found[violation].append(f"{state} {look}")
    assert not found, "\n".join(f"{violation}\n  in {', '.join(where)}" for violation, where in found.items())

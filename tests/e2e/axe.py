"""Runs axe-core, which finds violations of WCAG that can be detected automatically."""

import functools
import os
from pathlib import Path
from typing import Any

from tests.support.tiers import unavailable

AXE = Path(os.environ.get("AXE_CORE") or "build/axe-core") / "axe.min.js"
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (tags) => {
  const { violations } = await axe.run({ runOnly: tags, preload: false, resultTypes: ["violations"] });
  const why = ({ any, all, none }) => [...any, ...all, ...none].map(({ message }) => message).join("; ");
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}: ${why(node)}`));
}"""


@functools.cache
def source() -> str:
    if not AXE.exists():
        unavailable(f"no {AXE} (make axe-core fetches it, AXE_CORE names another folder)")
    return AXE.read_text()


def violations(page: Any, tags: list[str] = WCAG_2_2_AA) -> list[str]:
    """A line of text for each violation in the current state of a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(source())
    found: list[str] = page.evaluate(RUN, tags)
    return found

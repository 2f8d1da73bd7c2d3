"""Checks of a page: by keyboard, in the accessibility tree, and for broken words. Each returns what it finds."""

from collections import Counter
from itertools import pairwise
from typing import Any

# What can be pressed or filled in. What is hidden, or inside a folded part, can't.
STOPS = """() => {
  const all = "a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary";
  window.stops = [...document.querySelectorAll(all)].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length);
  const start = document.createElement("span");
  start.tabIndex = -1;
  document.body.prepend(start);
  start.focus();
  start.remove();
  return stops.map((stop) => stop.outerHTML.slice(0, 120));
}"""
# The index in `stops` of what has the focus, and whether that is visible. The code's field shows it in its cells.
STOP = """() => {
  const at = document.activeElement, style = getComputedStyle(at.matches(".code input") ? at.nextElementSibling : at);
  const { top, bottom, left, right } = at.getBoundingClientRect();
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  return [stops.indexOf(at), marked && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth];
}"""

# A word has 2 to 12 letters: addresses and ids may be broken.
BROKEN = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  const hidden = (element) => element && (element.clientWidth === 1 || hidden(element.parentElement)); // but read out
  while (texts.nextNode()) {
    const range = document.createRange();
    if (hidden(texts.currentNode.parentElement)) continue;
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/(?<!\\S)\\p{L}{2,12}(?!\\S)/gu)) {
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) found.push(`a broken word: ${word}`);
    }
  }
  return found;
}"""

OTHERS = 10  # more stops: what scrolls, a frame, the end of the page
NAMED = {"button", "link", "textbox", "searchbox", "checkbox", "combobox", "image", "img", "region", "dialog", "iframe"}
ONCE = {"main": 1, "banner": 1, "contentinfo": 1}


def by_keyboard(page: Any) -> list[str]:
    """Tab leads to everything that can be pressed, and the focus is visible there. axe-core checks the order."""
    stops, found, reached = page.evaluate(STOPS), [], []
    for _ in range(len(stops) + OTHERS):
        page.keyboard.press("Tab")
        number, seen = page.evaluate(STOP)
        if number in reached:
            break
        if number >= 0:
            reached.append(number)
            found += [] if seen else [f"the focus is not visible: {stops[number]}"]
    return found + [f"no Tab leads to: {stop}" for number, stop in enumerate(stops) if number not in reached]


def broken_words(page: Any) -> list[str]:
    """Words that are broken because what holds them is too narrow."""
    found: list[str] = page.evaluate(BROKEN)
    return found


def by_screen_reader(page: Any) -> list[str]:
    """Each control, picture and region has a name, each landmark is one of its kind, and one heading is the first."""
    session = page.context.new_cdp_session(page)
    nodes = [node for node in session.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    session.detach()
    said = [(node["role"]["value"], node.get("name", {}).get("value", "").strip(), _level(node)) for node in nodes]
    roles = Counter(role for role, _, _ in said)
    found = [f"a {role} without a name" for role, name, _ in said if role in NAMED and not name]
    found += [f"{roles[role]} of {role}" for role, most in ONCE.items() if roles[role] > most]
    navigations = [name for role, name, _ in said if role == "navigation"]
    if len(navigations) > 1 and ("" in navigations or len(set(navigations)) < len(navigations)):
        found.append(f"navigations of the same name, or of none: {navigations}")
    levels = [level for role, _, level in said if role == "heading"]
    if levels.count(1) != 1:
        found.append(f"{levels.count(1)} headings of the first level")
    found += [f"a heading of level {to} after one of {of}" for of, to in pairwise([0, *levels]) if to > of + 1]
    buttons = Counter(name for role, name, _ in said if role == "button")
    return found + [f"{number} buttons named {name}" for name, number in buttons.items() if number > 1]


def _level(node: dict[str, Any]) -> int:
    return next((each["value"]["value"] for each in node.get("properties", []) if each["name"] == "level"), 0)

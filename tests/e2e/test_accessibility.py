"""In every page and state, light and dark: axe-core finds no violation, the page fits the width of a phone and of a
desktop window, no word is broken, keyboard and screen reader reach everything, and a link or button leads on."""

from collections import defaultdict

import pytest

from tests.e2e.axe import WCAG_2_2_AA, violations
from tests.e2e.looks import looks
from tests.e2e.states import WALKS
from tests.e2e.walks import broken_words, by_keyboard, by_screen_reader

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
            cramped = ["wider than the window"] if page.evaluate(WIDER) else []
            cramped += [] if state.startswith("docs") else broken_words(page)
            for violation in cramped + violations(page, tags_for(state)):
                found[violation].append(f"{state} {look}")
        if not state.startswith(("mail", "docs")):
            for violation in by_keyboard(page) + by_screen_reader(page):
                found[violation].append(state)
    assert not found, "\n".join(f"{violation}\n  in {', '.join(where)}" for violation, where in found.items())


WHOLE = (
    "<title>A page</title><style>:focus { outline: 3px solid }</style>"
    "<main><h1>A page</h1><a href='/'>Home</a> <button>Send</button></main>"
)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (WHOLE, []),
        (WHOLE.replace("<button>", "<button tabindex=-1>"), ['no Tab leads to: <button tabindex="-1">Send</button>']),
        (WHOLE.replace("<button>", "<button style='outline: 0'>"), ["the focus is not visible: "]),
        (
            WHOLE.replace("<button>", "<button style='position: fixed; left: -100px; width: 9px'>"),
            ["the focus is not visible"],
        ),
        (WHOLE.replace("Send", "<svg></svg>"), ["a button without a name"]),
        (WHOLE.replace("</main>", "<button>Send</button></main>"), ["2 buttons named Send"]),
        (WHOLE.replace("</main>", "<img src='data:,' alt='&nbsp;'></main>"), ["a image without a name"]),
        (WHOLE.replace("h1", "h2"), ["0 headings of the first level", "a heading of level 2 after one of 0"]),
        (WHOLE + "<p style='width: 2em; overflow-wrap: anywhere'>broken", ["a broken word: broken"]),
        (WHOLE + "<nav>a</nav><nav>b</nav>", ["navigations of the same name, or of none: ['', '']"]),
    ],
)
def test_what_is_wrong_is_found(page, html, expected):
    page.set_content(html)
    found = by_keyboard(page) + by_screen_reader(page) + broken_words(page)
    assert [each[: len(words)] for each, words in zip(found, expected, strict=True)] == expected

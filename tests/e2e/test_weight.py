"""The sign-in pages suit slow phones: few bytes, one host, and no layout shifts."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LIMIT = 15_000  # bytes
# The elements that have moved since the page was opened, except after a key press or click. Layout shifts are reported
# with a delay, in order. So a marker is moved until its own shift is reported: by then all earlier ones have been, too.
SHIFTED = """() => new Promise((resolve) => {
  const marker = document.body.appendChild(document.createElement("div")), moved = [];
  Object.assign(marker.style, {position: "absolute", top: "0", width: "50px", height: "50px", background: "red"});
  marker.className = "marker";
  let done = false;
  new PerformanceObserver((list) => {
    const sources = list.getEntries().filter((shift) => !shift.hadRecentInput).flatMap((shift) => shift.sources);
    moved.push(...sources.filter(({ node }) => node?.className !== "marker"));
    if (list.getEntries().some((shift) => shift.sources.some(({ node }) => node === marker))) {
      done = true;
      resolve(moved.map(({ node }) => node?.outerHTML ?? "an element that is gone by now"));
    }
  }).observe({ type: "layout-shift", buffered: true });
  const move = () => {
    marker.style.top = marker.style.top === "0px" ? "100px" : "0px";
    if (!done) requestAnimationFrame(move);
  };
  move();
})"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def weighed(open_browser):
    """A function that opens a page in a language and returns it with the bytes loaded since, by path."""

    def weigh(language):
        page, weights = open_browser(locale=language), {}
        page.on("response", lambda response: weights.update({urlsplit(response.url).path: weight(response)}))
        return page, weights

    return weigh


def weight(response):
    """Bytes as Lambda serves them: pages uncompressed, static files as compressed by `otpsite.staticfiles`."""
    if 300 <= response.status < 400:
        return 0  # a redirect has no body
    body = response.body()
    return len(gzip.compress(body)) if "/static/" in response.url else len(body)


@pytest.mark.parametrize("language", ["en", "hi", "ar"])
def test_a_sign_in_page_with_all_its_files_is_small(weighed, language):
    page, weights = weighed(language)
    page.goto("/", wait_until="networkidle")
    files = {"/static/otp/otp.css", "/static/otp/otp.js"}
    assert set(weights) == {"/", *files}
    assert sum(weights.values()) < LIMIT
    page.locator("input[name=email]").fill("person@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/", wait_until="networkidle")
    assert set(weights) == {"/", "/verify/", *files}
    assert sum(weights.values()) < LIMIT


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_when_the_countdown_starts_or_ends(open_browser, width):
    page, held_back = open_browser(viewport={"width": width, "height": 900}), []
    page.goto("/")
    assert page.evaluate(SHIFTED) == []
    page.route("**/otp.js", lambda route: held_back.append(route))
    page.get_by_label("Email address").fill("person@example.com")
    page.get_by_role("button", name="Email me a code").click(no_wait_after=True)
    button = page.get_by_role("button", name="Send a new code")
    expect(button).to_be_enabled()
    page.evaluate(PAINTED)
    page.clock.install()
    held_back[0].continue_()
    expect(button).to_be_disabled()
    page.clock.fast_forward(61_000)
    expect(button).to_be_enabled()
    assert page.evaluate(SHIFTED) == []

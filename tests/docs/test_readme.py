"""The README's tables are those of the code."""

import re
from pathlib import Path

import otp
from otp.conf import DECLARED
from otp.exceptions import OTPError
from tests.support.refusals import subclasses

README = Path(__file__).parent.parent.parent / "README.md"


def default(setting):
    value = setting.default
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, (list, tuple)):
        value = ",".join(map(str, value))
    return f"`{value}`" if value != "" else "none"


def settings_table():
    rows = [f"| `{name}` | {default(setting)} | {setting.help} |" for name, setting in sorted(DECLARED.items())]
    return "\n".join(["| setting | default | what it says |", "|---|---|---|", *rows])


def test_the_table_of_settings_is_that_of_the_code():
    written = re.search(r"<!-- settings:.*?-->\n\n(.*?)\n\n<!-- /settings -->", README.read_text(), re.S)[1]
    assert written == settings_table()


def test_every_refusal_of_the_api_is_in_the_readme():
    sources = "".join(path.read_text() for path in Path(otp.__file__).parent.rglob("*.py"))
    elsewhere = {"page_outdated", "forbidden", "not_found", "message_refused"}  # not the API's
    words = {kind.code for kind in subclasses(OTPError)} - elsewhere
    raised = set(re.findall(r'InvalidRequest\([^)]*"(\w+)"\)', sources))
    unwritten = {word for word in words | raised if f"`{word}`" not in README.read_text()}
    assert unwritten - {"invalid_request", "too_many_requests"} == set()

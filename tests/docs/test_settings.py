"""docs/settings.md has the table of settings that the code generates."""

import re

from otp.conf import DECLARED
from tests.support.error_codes import ROOT

DOCUMENT = ROOT.parent / "docs" / "settings.md"
TABLE = re.compile(r"<!-- settings: .*? -->\n\n(.*?)\n\n<!-- /settings -->", re.DOTALL)


def default(setting):
    value = setting.default
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, (list, tuple)):
        value = ",".join(map(str, value))
    return f"`{value}`" if value != "" else "none"


def table():
    rows = [f"| `{name}` | {default(setting)} | {setting.help} |" for name, setting in sorted(DECLARED.items())]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def test_the_table_of_settings_is_that_of_the_code():
    assert TABLE.search(DOCUMENT.read_text("utf-8"))[1] == table()

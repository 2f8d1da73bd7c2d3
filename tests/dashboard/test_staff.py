"""What staff see: figures, charts, and the pages of the log."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from dashboard import figures
from otp.accounts import staff
from otp.admin import analytics
from otp.dynamo.operations import batch_put
from otp.models import LogEntry
from tests.admin.entries import entry, write
from tests.dashboard.conftest import buttons, press, said, sign_in
from tests.support.api import ADDRESS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
ANN = "ann@example.com"
TILES = [
    *("Codes sent", "Codes withheld", "Sign-ins", "Success rate", "Wrong codes"),
    *("Lock-outs", "Failed mails", "Median time to sign in", "95% sign in within"),
]


def tiles(app):
    return {each.label: each.value for each in app.metric}


def log(app):
    """The rows of the log's table, as text."""
    return app.table[-1].value.to_dict("records")


def test_staff_see_the_figures_of_the_last_day(at_work):
    assert list(tiles(at_work)) == TILES
    assert tiles(at_work)["Codes sent"] == tiles(at_work)["Sign-ins"] == "1"
    assert tiles(at_work)["Success rate"] == "100%"
    assert len(at_work.get("vega_lite_chart")) == 4
    assert len(at_work.table[0].value) == 24
    assert list(at_work.table[0].value.columns) == TILES


@pytest.mark.parametrize("value", [None, 0, 0.004, 0.5, 1, 42, 99.5, 100, 3600, 1_234_567])
def test_figures_are_written_as_in_the_admin(value):
    assert figures.FORMATS.keys() == analytics.FORMATS.keys()
    for unit, written in figures.FORMATS.items():
        if value is not None or unit != "count":  # there is always a count
            assert written(value) == analytics.FORMATS[unit](value)


@pytest.mark.parametrize(("name", "rows"), [("7d", 168), ("30d", 30)])
def test_staff_choose_a_longer_range(at_work, name, rows):
    batch_put(entry(1, timezone.now() - timedelta(days=3), outcome="otp_invalid", ip_hash="f00d" * 8))
    at_work.radio(key="range").set_value(name)
    assert said(at_work.run()) == []
    assert len(at_work.table[0].value) == rows
    assert tiles(at_work)["Wrong codes"] == "1"
    by_address, by_network = (each.value.to_dict("records") for each in at_work.table[1:3])
    assert by_address == [{"Who": "person1@example.com", "Failures": 1}]
    assert by_network == [{"Who": "f00df00d", "Failures": 1}]


def test_an_empty_log_is_no_error(dashboard):
    staff.appoint_by_command(ADDRESS, "viewer")
    sign_in(dashboard)
    LogEntry.objects.order_by("created_at").delete()
    assert said(dashboard.run()) == []
    assert tiles(dashboard)["Success rate"] == "–"
    assert "None." in [each.value for each in dashboard.markdown]


def test_the_log_is_listed(at_work):
    assert {row["Outcome"] for row in log(at_work)} == {"signed in", "code sent"}
    assert set(log(at_work)[0]) == {"Time (UTC)", "Outcome", "Address", "Channel", "Flow", "Network", "Mail"}
    assert {row["Address"] for row in log(at_work)} == {ADDRESS}


def test_paging_goes_forward_and_back(at_work):
    write(120, timezone.now() - timedelta(minutes=1))
    first = log(at_work.run())
    assert len(first) == 50
    second = log(press(at_work, "Older"))
    third = log(press(at_work, "Older"))
    assert len({row["Address"] for row in [*first, *second, *third]}) == 121
    assert [button.disabled for button in at_work.button][-2:] == [False, True]
    assert log(press(at_work, "Newer")) == second
    assert log(press(at_work, "Newer")) == first


def test_the_list_is_filtered_from_its_beginning(at_work):
    write(120, timezone.now() - timedelta(minutes=1))
    batch_put(*(entry(number, timezone.now(), entry_id=f"a{number}", address=ANN) for number in range(1, 5)))
    press(at_work.run(), "Older")
    at_work.selectbox(key="outcome").select("otp_invalid")
    assert {row["Outcome"] for row in log(at_work.run())} == {"wrong code"}
    assert [button.disabled for button in at_work.button][-2:] == [True, True]
    at_work.text_input(key="of").input(ANN)
    assert [(row["Outcome"], row["Address"]) for row in log(at_work.run())] == [("wrong code", ANN)]
    at_work.selectbox(key="outcome").select("")
    assert [row["Address"] for row in log(at_work.run())] == [ANN] * 5  # the first entry of `write` is hers too


def test_a_malformed_filter_address_shows_the_message_and_keeps_the_input(at_work):
    at_work.text_input(key="of").input("nobody")
    assert said(at_work.run()) == ["Invalid email format"]
    assert at_work.text_input(key="of").value == "nobody"
    assert len(at_work.metric) == 9


def test_a_dismissed_member_of_staff_sees_nothing_more(at_work):
    staff.dismiss_by_command(ADDRESS)
    (message,) = said(at_work.run())
    assert message.startswith("The figures and the log are for staff, and this address has no role.")
    assert buttons(at_work) == ["Sign out"]
    assert len(at_work.metric) == 0


def test_a_server_that_goes_down_keeps_what_was_chosen(at_work, monkeypatch):
    there = at_work.session_state.tokens
    at_work.radio(key="range").set_value("7d")
    at_work.text_input(key="of").input(ANN)
    at_work.run()
    with monkeypatch.context() as down:
        down.setenv("OTP_API_URL", "http://127.0.0.1:9/otp")
        messages = said(at_work.run())
    assert len(messages) == 2
    assert all("can't be reached" in message for message in messages)
    assert said(at_work.run()) == []
    assert (at_work.radio(key="range").value, at_work.text_input(key="of").value) == ("7d", ANN)
    assert at_work.session_state.tokens == there


HALF = [
    {},
    {"total": {}, "periods": [], "addresses": [], "callers": [], "entries": {}, "outcomes": [], "next": 1},
    {"total": "x", "periods": [{}], "addresses": None, "entries": [{}], "outcomes": {}, "next": None},
]


@pytest.mark.parametrize("half", HALF)
def test_an_incomplete_response_shows_a_sentence(at_work, stub, half):
    stub.answer(200, {"message": "Here", "code": "figures", **half})
    messages = said(at_work.run())
    assert len(messages) == 2
    assert all(message.endswith("doesn't have this API. Is OTP_API_URL right?") for message in messages)


def test_an_incomplete_count_shows_a_notice(at_work, monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 1)
    batch_put(*(entry(number, timezone.now() - timedelta(hours=number)) for number in (1, 2, 3)))
    (message,) = said(at_work.run())
    assert message.startswith("Not everything has been counted yet")


def test_the_dashboard_imports_nothing_of_the_site():
    program = """
import sys, dashboard.views
ours = [name for name in sys.modules if name.startswith("otp")]
print(ours, {"django", "boto3", "botocore"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] set()\n"


@pytest.mark.parametrize("lock", ["production", "lambda", "local"])
def test_only_the_dashboard_imports_its_libraries(lock):
    pinned = (ROOT / "requirements" / f"{lock}.txt").read_text()
    assert "streamlit" not in pinned
    assert "pandas" not in pinned

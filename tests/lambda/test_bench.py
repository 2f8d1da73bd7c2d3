"""The benchmark runs and prints what it measured."""

import json
import re
import subprocess
import sys

import pytest

from bench import cold, figures
from bench.figures import Figure

LOADED = """
import sys
from bench.aws import Stub
from bench.contestants import CONTESTANTS
one = CONTESTANTS["ours"](Stub())
for verb in one.asks:
    one.run(verb)
print(*sys.modules)
"""
# What other requests need, or none. (Django and boto3 import sqlparse, asyncio and s3transfer themselves.)
UNWANTED = (
    *("cryptography", "disposable_email_domains", "idna", "jwt", "moto", "phonenumbers", "requests", "streamlit"),
    *("django.core.handlers.asgi", "django.core.servers", "django.db.migrations", "django.test", "werkzeug", "zappa"),
    *("otp.admin", "otp.api.openapi", "otp.api.staff", "otp.delivery.bounce_webhook", "otp.local"),
    *("otp.oidc", "otp.stats"),
)


@pytest.mark.parametrize("aws", ["Stub", "Server"])
@pytest.mark.parametrize("name", ["ours", "naive"])
def test_a_contestant_performs_every_operation(name, aws):
    asked = f"from bench import aws, contestants; one = contestants.CONTESTANTS[{name!r}](aws.{aws}())\n"
    asked += "print([one.run(verb) > 0 for verb in one.asks])"
    assert run(asked).splitlines()[-1] == "[True, True, True]"


def test_a_function_that_signs_in_imports_nothing_else():
    loaded = set(run(LOADED).splitlines()[-1].split())
    assert {"otp.signin.send", "otp.signin.verify", "otp.delivery.email"} <= loaded
    assert sorted(name for name in loaded if name.startswith(tuple(f"{each}." for each in UNWANTED))) == []
    assert loaded.isdisjoint(UNWANTED)


SESSIONS = """
from unittest.mock import patch
import boto3.session
from bench.aws import Stub
from bench.contestants import CONTESTANTS
aws = Stub()
with patch("boto3.session.Session", side_effect=boto3.session.Session) as sessions, patch("boto3.Session", sessions):
    CONTESTANTS["ours"](aws).run("send")
    from otp.delivery import sms
    from otpsite import parameters
    sms.client()
    aws.give({"GetParametersByPath": {"Parameters": [{"Name": "/otp/prod/OTP_KEYS", "Value": "secret"}]}})
    assert parameters.read("/otp/prod") == {"OTP_KEYS": "secret"}
print(sessions.call_count)
"""


def test_all_clients_share_a_session():
    assert run(SESSIONS).splitlines()[-1] == "1"


FLOWS = "import json; from bench import flows; print(json.dumps([[x.name, x.met] for x in flows.figures()]))"


def test_no_flow_makes_more_requests_than_allowed():
    found = json.loads(run(FLOWS).splitlines()[-1])
    assert len(found) == 7
    assert [name for name, met in found if not met] == []


def run(program):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], cwd=cold.ROOT, check=True, capture_output=True, text=True
    ).stdout


def test_a_figure_that_misses_its_target_says_so(tmp_path):
    found = [Figure("quick", 1.0, "ratio", 1.2), Figure("slow", 1.3, "ratio", 1.2), Figure("counted", 3, "requests")]
    figures.write(found, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    assert [each["met"] for each in written] == [True, False, True]
    assert {"name", "value", "unit", "target", "met"} <= set(written[0])
    assert "NO" in figures.table(found)


# -- docs/deploy.md and docs/scale.md --------------------------------------------------------------


def test_the_document_on_deploying_shows_what_the_bill_counted():
    found = run("from bench import bill; print(bill.table())").strip()
    written = (cold.ROOT / "docs" / "deploy.md").read_text()
    assert f"<!-- bill: python -m bench.bill -->\n\n{found}\n\n<!-- /bill -->" in written


SCALE = "import json; from bench import scale; print(json.dumps([[x.name, x.value] for x in scale.figures()]))"


def scale_tables(text):
    """The tables of docs/scale.md that the simulation prints."""
    return re.search(r"<!-- scale: .*? -->\n\n(.*?)\n\n<!-- /scale -->", text, re.DOTALL)[1]


def test_docs_scale_has_the_results_of_the_simulation():
    written = (cold.ROOT / "docs" / "scale.md").read_text()
    found = run("from bench import scale; print(scale.table())").strip()
    assert scale_tables(written) == found
    for line in filter(None, found.splitlines()):
        assert scale_tables(written.replace(f"{line}\n", "", 1)) != found, "the test wouldn't notice a missing line"


def test_one_shard_throttles_a_thousand_sign_ins_a_second_and_enough_shards_do_not():
    one_shard, fewest, then, own, shared = (value for name, value in json.loads(run(SCALE).splitlines()[-1]))
    assert one_shard > 0.5
    assert fewest > 4
    assert then == 0
    assert own > 100
    assert shared > 100

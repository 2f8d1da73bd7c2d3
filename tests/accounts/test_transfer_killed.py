"""Importing many accounts: again and again, and after the process was killed."""

import json
import os
import subprocess
import sys
import time

import pytest

from otp.local import embedded
from otp.models import Account
from tests.support.changes import is_whole
from tests.support.error_codes import ROOT
from tests.support.timeouts import TIMEOUT
from tests.support.transfer import dump, everything, load, people

pytestmark = pytest.mark.slow

MANY, HALF, STORED = 400, 230, 75


@pytest.fixture
def lines():
    return [each | ({"phone": f"+6141{n:07d}"} if n % 3 == 0 else {}) for n, each in enumerate(people(MANY))]


@pytest.fixture
def file(tmp_path, lines):
    path = tmp_path / "people.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def in_order(lines):
    return sorted(lines, key=lambda line: line["sub"])


def test_exported_and_imported_again_nothing_changes(file, lines):
    load(str(file))
    assert in_order(dump()) == in_order(lines)
    before = everything()
    file.write_text("".join(f"{json.dumps(line)}\n" for line in dump()))
    assert load(str(file)) == (f"0 added, {MANY} unchanged, 0 bad.", [])
    assert everything() == before


def test_after_a_process_was_killed_half_way_a_repetition_loses_and_doubles_nothing(file, lines, dynamodb_url):
    """The process gets half of the lines, and is killed while it imports them or waits for more."""
    command = [sys.executable, "manage.py", "accounts", "import", "-"]
    env = {**os.environ, "AWS_ENDPOINT_URL": dynamodb_url}
    with subprocess.Popen(command, cwd=ROOT.parent, env=env, stdin=subprocess.PIPE, text=True) as process:
        process.stdin.writelines(file.read_text().splitlines(keepends=True)[:HALF])
        process.stdin.flush()
        deadline = time.monotonic() + TIMEOUT
        while stored() < STORED and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
    assert process.returncode == -9
    left = stored()
    assert STORED <= left <= HALF
    assert is_whole()
    assert load(str(file)) == (f"{MANY - left} added, {left} unchanged, 0 bad.", [])
    assert in_order(dump()) == in_order(lines)
    assert is_whole()


def stored():
    return len(list(Account.objects.order_by("created_at")))


@pytest.fixture(params=["embedded", pytest.param("local", marks=pytest.mark.dynamodb_local)])
def dynamodb_url(request):
    return embedded.url() if request.param == "embedded" else request.getfixturevalue("dynamodb_local")

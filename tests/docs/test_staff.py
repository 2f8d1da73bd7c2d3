"""docs/staff.md: the table of permissions matches the roles and the admin's actions."""

import re

import pytest

from otp.admin.urls import site  # registers every list
from otp.models import Account
from tests.support.error_codes import ROOT

DOCUMENT = (ROOT.parent / "docs" / "staff.md").read_text("utf-8")
ROLES = [Account.Role.VIEWER, Account.Role.STAFF, Account.Role.SUPERUSER]


def rows(text):
    """The table as (what, the roles that may)."""
    for row in re.findall(r"^\| ([^|]+?) \|(.*)\|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in row[1].split("|")]
        if set(cells) <= {"", "yes"} and "yes" in cells:
            yield row[0], {role for role, cell in zip(ROLES, cells, strict=True) if cell}


def roles_that(verb):
    return {role for role, verbs in Account.MAY.items() if verb in verbs}


def actions():
    """Each action of the admin as (its first word, the verb that it takes)."""
    for admin in site._registry.values():
        for name in admin.actions or ():
            (verb,) = getattr(admin, name).allowed_permissions
            yield name.partition("_")[0], verb


def unwritten(text):
    """The actions that no row grants to exactly the roles that may."""
    return {
        (word, verb)
        for word, verb in actions()
        if not any(re.search(rf"\b{word}\b", what) and roles == roles_that(verb) for what, roles in rows(text))
    }


def test_every_role_may_read():
    assert [roles for what, roles in rows(DOCUMENT) if what.startswith("read ")] == [roles_that("view")]


def test_every_action_is_in_the_table_under_its_roles():
    assert len(set(actions())) > 5
    assert unwritten(DOCUMENT) == set()


@pytest.mark.parametrize("action", sorted(set(actions())), ids=str)
def test_without_its_word_an_action_would_be_missed(action):
    assert action in unwritten(re.sub(rf"\b{action[0]}\b", "", DOCUMENT))


def test_a_wrong_role_would_be_found():
    assert unwritten(DOCUMENT.replace("| | yes | yes |", "| yes | yes | yes |"))

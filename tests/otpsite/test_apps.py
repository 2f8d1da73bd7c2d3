"""The checks that Django's own app configurations would register find nothing."""

import pytest
from django.apps import apps
from django.contrib.auth import checks as auth
from django.contrib.contenttypes import checks as content_types

CHECKS = [
    auth.check_middleware,
    auth.check_models_permissions,
    auth.check_user_model,
    content_types.check_generic_foreign_keys,
    content_types.check_model_name_lengths,
]


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_is_not_registered_finds_nothing(check):
    assert check(app_configs=apps.get_app_configs()) == []


def test_all_checks_of_these_apps_are_run_here():
    named = {
        value for module in (auth, content_types) for name, value in vars(module).items() if name.startswith("check_")
    }
    assert named == set(CHECKS)

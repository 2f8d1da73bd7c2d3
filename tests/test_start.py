"""Which system checks a server runs when it starts."""

from django.core.checks.registry import registry

from otp.conf import AT_START


def test_a_start_leaves_out_only_the_checks_of_what_is_useless_but_safe():
    """With such a value nothing is signed, a country's numbers are refused, or pages aren't found."""
    ours = [each for each in registry.get_checks(include_deployment_checks=True) if each.__module__.startswith("otp.")]
    assert {each.__name__ for each in ours if AT_START not in each.tags} == {
        "check_token_keys",
        "check_keys_of_clients",
        "check_countries",
        "check_stage",
        "check_models",
    }

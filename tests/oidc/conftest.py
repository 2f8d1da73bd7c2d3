"""Fixtures: a site that has applications, and a browser in which somebody is signed in."""

import pytest
from django.test import Client

from tests.support.owners import sign_in
from tests.support.provider import CLIENTS, ISSUER, RSA_KEY


@pytest.fixture(autouse=True)
def provider(settings, clock):
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [RSA_KEY], ISSUER
    settings.OTP_CLIENTS = CLIENTS


@pytest.fixture
def here(clock):
    """A browser in which somebody has signed in by a code."""
    browser = Client()
    sign_in(browser)
    return browser

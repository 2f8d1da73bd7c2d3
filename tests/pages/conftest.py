"""Fixtures: a browser that is signed in."""

import pytest
from django.test import Client

from tests.support.owners import sign_in


@pytest.fixture
def here(clock):
    """A browser in which somebody signed in by a code."""
    browser = Client()
    sign_in(browser)
    return browser

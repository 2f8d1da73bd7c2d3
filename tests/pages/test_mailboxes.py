"""A link to the mailbox, for the domains of large providers."""

import pytest

from otp.pages.mailboxes import URLS, mailbox_of
from tests.support.pages import request_code

SENDER = "sign-in@bakery.example"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("a@gmail.com", "Gmail"),
        ("a@hotmail.com", "Outlook"),
        ("a@ymail.com", "Yahoo Mail"),
        ("a@me.com", "iCloud Mail"),
    ],
)
def test_a_known_domain_has_a_link_to_its_mailbox(address, name):
    assert mailbox_of(address, SENDER).name == name
    assert mailbox_of(address, SENDER).url.startswith("https://")


@pytest.mark.parametrize("address", ["a@bakery.example", "a@gmail.com.example", "+61412345678"])
def test_other_domains_have_no_link(address):
    assert mailbox_of(address, SENDER) is None


def test_gmail_is_searched_for_our_mail_spam_included():
    url = mailbox_of("a@gmail.com", SENDER).url
    assert url == "https://mail.google.com/mail/#search/from%3Asign-in%40bakery.example+in%3Aanywhere+newer_than%3A1h"
    assert not any("{address}" in url for url in URLS.values())  # the provider needn't be told the address


def test_the_page_names_the_sender_and_links_to_the_mailbox_in_a_new_tab(client, settings):
    settings.LOCAL = False
    page = request_code(client, "person@gmail.com").text
    assert "It comes from <strong><bdi>sign-in@otp.example</bdi></strong>." in page
    assert 'target="_blank" rel="noopener noreferrer">Open Gmail in a new tab</a>' in page


def test_local_mode_leads_to_its_inbox_instead(client):
    page = request_code(client, "person@gmail.com").text
    assert 'href="/inbox/"' in page
    assert "Gmail" not in page

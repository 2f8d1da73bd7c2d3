"""Webmail links of well-known domains, shown beside the code field."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Mailbox:
    name: str
    url: str


GMAIL, OUTLOOK, YAHOO, ICLOUD = "Gmail", "Outlook", "Yahoo Mail", "iCloud Mail"
URLS = {
    GMAIL: "https://mail.google.com/mail/#search/from%3A{sender}+in%3Aanywhere+newer_than%3A1h",  # spam as well
    OUTLOOK: "https://outlook.live.com/mail/0/",
    YAHOO: "https://mail.yahoo.com/",
    ICLOUD: "https://www.icloud.com/mail/",
}
PROGRAMS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), GMAIL),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com"), OUTLOOK),
    **dict.fromkeys(("yahoo.com", "ymail.com"), YAHOO),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), ICLOUD),
}


def mailbox_of(address: str, sender: str) -> Mailbox | None:
    """The webmail of a canonical address, if its domain is well known."""
    name = PROGRAMS.get(address.rpartition("@")[2])
    return Mailbox(name, URLS[name].format(sender=quote(sender, safe=""))) if name else None

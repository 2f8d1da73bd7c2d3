"""Every path of the site."""

import re

from django.urls import URLPattern

from otpsite import urls

SAMPLES = {"object_id": "x", "content_type_id": "1"}
IN_WORDS = {"(?P<url>.*)$": "nothing/", "^(?P<app_label>otp)/$": "otp/"}  # the admin's two regular expressions


def paths(patterns, before="/"):
    """A path for every URL pattern, with arguments."""
    for entry in patterns:
        pattern = str(entry.pattern)
        here = before + (IN_WORDS.get(pattern) or re.sub(r"<path:(\w+)>", lambda found: SAMPLES[found[1]], pattern))
        if isinstance(entry, URLPattern):
            yield here
        elif pattern != "inbox/":  # of local mode
            yield from paths(entry.url_patterns, here)


ALL_PATHS = sorted(set(paths(urls.urlpatterns)))

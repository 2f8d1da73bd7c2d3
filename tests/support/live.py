"""Fixtures: the settings of a live site, which are those of `otpsite/settings.py` without OTP_LOCAL."""

import runpy
from pathlib import Path
from typing import Any

import pytest

LIVE = {
    "OTP_KEYS": "a-key-for-the-tests-of-a-live-site-of-32-characters-and-more",
    "OTP_FROM_EMAIL": "Sign-in <sign-in@otp.example>",
    "OTP_ALLOWED_HOSTS": "otp.example",
    "OTP_LIFETIME": "600",
}
ABOUT = ("SESSION_", "CSRF_", "SECURE_", "X_FRAME_", "CONTENT_SECURITY_", "MIDDLEWARE", "LOCAL", "DEBUG", "SILENCED_")


@pytest.fixture
def live(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Apply the live settings for browsers, cookies and errors; storage, mail and static files stay unchanged."""
    monkeypatch.delenv("OTP_LOCAL")
    for name, value in LIVE.items():
        monkeypatch.setenv(name, value)
    values = runpy.run_path(
        str(Path(__file__).parent.parent.parent / "otpsite" / "settings.py"), run_name="otpsite.live"
    )
    for name, value in values.items():
        if name.startswith(ABOUT) or name in LIVE or name in ("ALLOWED_HOSTS", "SECRET_KEY", "SECRET_KEY_FALLBACKS"):
            setattr(settings, name, value)
    return settings

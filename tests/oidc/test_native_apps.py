"""Native apps, which are public: a program on the same device may pass for one (RFC 8252)."""

import pytest

from tests.support.pages import submit
from tests.support.provider import APP, allow, answer, authorize, redeem

CLAIMED = "https://app.example/callback"


@pytest.mark.parametrize(
    ("uri", "asks"),
    [("http://127.0.0.1:51004/callback", True), ("com.example.app:/callback", True), (CLAIMED, False)],
)
def test_a_native_app_is_public_and_proves_itself_by_pkce(here, uri, asks):
    """RFC 8252: a loopback address with any port, a private scheme, or a claimed https address."""
    response = authorize(here, APP, redirect_uri=uri)
    if asks:
        response = allow(here, response)
    assert response.status_code == 303
    assert response["Location"].startswith(f"{uri}?code=")
    assert redeem(answer(response, APP, uri)["code"], APP, redirect_uri=uri).json()["access_token"]


@pytest.mark.parametrize("client", [APP, APP | {"first_party": False}], ids=["first-party", "another company's"])
@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:51004/callback", "http://[::1]/callback", "com.example.app:/callback"]
)
def test_where_any_program_could_pass_for_an_app_each_request_takes_a_consent(here, settings, client, uri):
    """RFC 8252, 8.6: a program could open the browser in the app's name."""
    settings.OTP_CLIENTS = [client | {"redirect_uris": [uri, CLAIMED]}]
    page = authorize(here, APP, redirect_uri=uri)
    assert (page.status_code, "Allow" in page.text) == (200, True)
    assert answer(authorize(here, APP, redirect_uri=uri, prompt="none"), APP, uri)["error"] == "consent_required"
    submit(here, page, follow=False)
    of_a_program = {"redirect_uri": uri, "code_challenge": "c" * 43}
    assert authorize(here, APP, **of_a_program).status_code == 200
    assert authorize(here, APP, redirect_uri=uri).status_code == 303
    assert authorize(here, APP, redirect_uri=uri).status_code == 200
    assert answer(authorize(here, APP, redirect_uri=uri, prompt="none"), APP, uri)["error"] == "consent_required"

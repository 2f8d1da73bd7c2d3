"""The WSGI application, around Django's own."""

import io
from wsgiref.util import setup_testing_defaults

import pytest

from otpsite.wsgi import application


def response_of(method="GET", path="/healthz", query="", content_type="", body=b""):
    """The status of a request, and a header of its response that every one has."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    seen = []
    chunks = application(environ, lambda status, headers, *rest: seen.append((status, dict(headers))))
    chunks.close()
    ((status, headers),) = seen
    return int(status.split()[0]), headers["X-Content-Type-Options"]


@pytest.mark.parametrize(
    ("content_type", "query"),
    [
        ("x; charset*=foo''bar", ""),
        ("text/plain; charset=hex", "a"),
        ("text/plain; charset=rot13", "a"),
        ("multipart/form-data; boundary=b; charset=zlib", "a"),
    ],
)
def test_an_odd_charset_is_ignored(content_type, query):
    assert response_of(content_type=content_type, query=query) == (200, "nosniff")


def test_too_many_parameters_are_refused_by_a_page():
    query = "&".join("a" * 1001)
    assert response_of(path="/", query=query, content_type="text/plain; charset=utf-8") == (400, "nosniff")


@pytest.mark.parametrize("boundary", ["b", '"b c"'])
def test_a_multipart_form_is_read(boundary):
    """The API refuses it as JSON, and the sign-in for its missing token; neither fails."""
    body = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nperson@example.com\r\n--b--\r\n'
    content_type = f"multipart/form-data; charset=hex; boundary={boundary}"
    assert response_of("POST", "/", "", content_type, body) == (403, "nosniff")
    assert response_of("POST", "/otp", "", content_type, body) == (400, "nosniff")

"""Clients of AWS whose endpoints a test chooses."""

from otp.dynamo.client import client
from otp.dynamo.session import aws_session


def forget_clients() -> None:
    """Make the next call of `client()` make a client, and its session, from the environment as it is then."""
    client.cache_clear()
    aws_session.cache_clear()

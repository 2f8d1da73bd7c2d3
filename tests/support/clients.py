"""A client of DynamoDB whose endpoint or settings a test chooses."""

from otp.dynamo.client import client
from otp.dynamo.session import aws_session


def forget_dynamodb_client() -> None:
    """Make the next call of `client()` make a client from the environment and the settings as they are then.

    The session is forgotten too, because it keeps credentials, and how its clients make requests.
    """
    client.cache_clear()
    aws_session.cache_clear()

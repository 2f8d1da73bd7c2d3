"""Reads the secrets of a live site from SSM Parameter Store, once, when the settings are loaded."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from otp.dynamo.session import aws_client


def read(path: str) -> dict[str, str]:
    """The decrypted parameters under a path, by the last part of their names: `/otp/prod/OTP_KEYS` is `OTP_KEYS`.

    Raises ImproperlyConfigured if they can't be read, or if there are none: a site doesn't start without secrets.
    """
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    # Lambda allows 10 s for the whole start.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    client: Any = aws_client("ssm", config)
    try:
        pages = client.get_paginator("get_parameters_by_path").paginate(Path=path, WithDecryption=True)
        found = {each["Name"].rpartition("/")[2]: each["Value"] for page in pages for each in page["Parameters"]}
    except (BotoCoreError, ClientError) as error:
        reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise ImproperlyConfigured(f"The secrets under {path} in Parameter Store can't be read: {reason}.") from None
    if not found:
        raise ImproperlyConfigured(f"There are no secrets under {path} in Parameter Store of this region.")
    return found

"""The one door to SSM Parameter Store, where a live site's secrets lie. Asked once, when the settings are loaded."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured


def read(path: str) -> dict[str, str]:
    """What lies under a path, decrypted: `/otp/prod/OTP_KEYS` becomes `OTP_KEYS`.

    Raises ImproperlyConfigured when it can't be read, and when there is nothing: a site without secrets doesn't start.
    """
    import boto3.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    # Lambda gives the whole start 10 s.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    client: Any = boto3.session.Session().client("ssm", config=config)
    try:
        pages = client.get_paginator("get_parameters_by_path").paginate(Path=path, WithDecryption=True)
        found = {each["Name"].rpartition("/")[2]: each["Value"] for page in pages for each in page["Parameters"]}
    except (BotoCoreError, ClientError) as error:
        reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise ImproperlyConfigured(f"The secrets under {path} in Parameter Store can't be read: {reason}.") from None
    if not found:
        raise ImproperlyConfigured(f"There are no secrets under {path} in Parameter Store of this region.")
    return found

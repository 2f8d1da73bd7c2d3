"""SES's suppression list of the whole account, which moto lacks: as much of it as the site asks for."""

import json
from typing import Any
from urllib.parse import unquote

ADDRESSES: set[str] = set()


def add_to_moto() -> None:
    from moto.ses.exceptions import NotFoundException
    from moto.sesv2 import urls
    from moto.sesv2.responses import SESV2Response

    def delete_suppressed_destination(self: Any) -> str:
        address = unquote(self.path.rpartition("/")[2])
        if address not in ADDRESSES:
            raise NotFoundException(f"Email address {address} does not exist on your suppression list.")
        ADDRESSES.discard(address)
        return json.dumps({})

    SESV2Response.delete_suppressed_destination = delete_suppressed_destination
    urls.url_paths[r"{0}/v2/email/suppression/addresses/(?P<EmailAddress>[^/]+)$"] = SESV2Response.dispatch

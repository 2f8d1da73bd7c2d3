"""Static files of a live site: hashed names, compressed, and links that are right on every address of the site."""

from django.urls import get_script_prefix
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Begins links with the prefix of the request at hand.

    Behind API Gateway's own address that is the stage (`/prod/`), behind a custom domain nothing. STATIC_URL can't say
    it: Django keeps what it was when first read, which is before any request.
    """

    def url(self, name: str | None, force: bool = False) -> str:
        return get_script_prefix() + super().url(name, force).removeprefix("/")

"""Static files of a live site: hashed names, compressed, with links that work at every address of the site."""

from django.urls import get_script_prefix
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Starts links with the script prefix of the current request.

    Behind API Gateway's own address that is the stage (`/prod/`), behind a custom domain `/`. STATIC_URL can't express
    this, because Django reads it once, before the first request.
    """

    def url(self, name: str | None, force: bool = False) -> str:
        return get_script_prefix() + super().url(name, force).removeprefix("/")

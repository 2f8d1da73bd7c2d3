"""The admin's URLs. Imported on the first request below /admin/."""

from . import accounts, audit, blocks, budgets, codes, log, sessions, suppressions  # noqa: F401 - each registers its pages
from .site import site

app_name = "admin"
urlpatterns = site.get_urls()

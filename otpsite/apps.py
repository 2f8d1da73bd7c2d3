"""Two of Django's apps, without their own configurations, which import Django's migrations at each cold start.

Those create rows in SQL tables, and register system checks of the user model, of permissions and of models' names.
tests/otpsite/test_apps.py runs these checks.
"""

from django.apps import AppConfig


class Auth(AppConfig):
    default_auto_field = "django.db.models.AutoField"
    name = "django.contrib.auth"
    verbose_name = "Authentication and Authorization"


class ContentTypes(AppConfig):
    default_auto_field = "django.db.models.AutoField"
    name = "django.contrib.contenttypes"
    verbose_name = "Content Types"

"""Two of Django's apps, without what their own configurations do for SQL tables: a fortieth of a cold start."""

from django.apps import AppConfig


class Auth(AppConfig):
    default_auto_field = "django.db.models.AutoField"
    name = "django.contrib.auth"
    verbose_name = "Authentication and Authorization"


class ContentTypes(AppConfig):
    default_auto_field = "django.db.models.AutoField"
    name = "django.contrib.contenttypes"
    verbose_name = "Content Types"

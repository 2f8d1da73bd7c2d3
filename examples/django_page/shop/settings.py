from otpsite.settings import *  # noqa: F403 - this site, and then some

INSTALLED_APPS += ["shop"]  # noqa: F405
ROOT_URLCONF = "shop.urls"

"""django-allauth's mail: through django-ses, as this project's, with one client for all mails."""

from django_ses import SESBackend

shared = []


class Backend(SESBackend):
    """By default, django-ses makes a client for each mail, which takes far longer than the rest of a send."""

    def open(self) -> bool:
        if not shared:
            super().open()
            shared.append(self.connection)
        self.connection = shared[0]
        return False

from django.urls import path

from . import inbox

urlpatterns = [
    path("inbox/", inbox.page, name="inbox"),
    path("inbox/<int:number>/html", inbox.html, name="inbox_html"),
]

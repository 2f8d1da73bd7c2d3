from django.urls import path

from . import inbox

urlpatterns = [
    path("", inbox.index, name="inbox"),
    path("<int:number>/html", inbox.html, name="inbox_html"),
]

from django.urls import path

from otpsite import urls as site

from . import views

urlpatterns = [path("orders/", views.orders, name="orders"), *site.urlpatterns]
handler400, handler403, handler404, handler500 = site.handler400, site.handler403, site.handler404, site.handler500

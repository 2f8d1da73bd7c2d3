from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def empty(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"message": "Nothing was done"})


urlpatterns = [path("otp", empty)]

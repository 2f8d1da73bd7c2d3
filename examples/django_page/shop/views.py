from django.contrib.auth.decorators import login_required
from django.shortcuts import render

ORDERS = {}  # the orders of each account by its subject: yours would be in a database


@login_required
def orders(request):
    account = request.user
    return render(
        request, "orders.html", {"address": account.session.address, "orders": ORDERS.get(account.subject, [])}
    )

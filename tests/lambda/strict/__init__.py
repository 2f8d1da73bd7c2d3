"""A stricter AWS for the rehearsal: a WSGI application around moto's that checks what moto doesn't.

It checks whether the caller's policies allow a call (callers are told apart by access key), whether a service may
assume the role that it is given, and who may invoke the function. It simulates faults of the control plane, and refuses
unknown operations.
"""

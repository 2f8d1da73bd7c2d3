"""A stricter AWS for the rehearsal: a WSGI application around moto's, which asks what moto doesn't.

Who calls (by access key) and whether their policies allow it, whether a service may assume the role that it is handed,
who may invoke the function, and faults of the control plane, counted. It refuses operations that it doesn't know.
"""

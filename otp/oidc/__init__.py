"""The OpenID Connect provider: other applications sign people in with this site. Nothing else in `otp` imports it.

Implements OpenID Connect Core (code flow), Discovery and RP-initiated logout, and RFC 6749, 6750, 7009, 7636 (S256
only), 8252, 8414, 9068 and 9207. An authorization code is a session before its first token: see `grants`.
"""

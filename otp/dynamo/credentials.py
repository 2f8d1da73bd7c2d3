"""The errors with which AWS services refuse a caller's credentials or permissions, and their remedies."""

_NEW = "Use valid credentials: on Lambda those of the function's role, elsewhere AWS_PROFILE or `aws configure`."
_CLOCK = "The clock of this machine is wrong, or the secret key is: set the clock by NTP, then check the credentials."

# By AWS's error code. A code that means something else in one service has its remedy there.
REMEDIES = {
    "AccessDeniedException": "Allow the caller this action, on the tables and indexes that are named.",
    "ExpiredToken": _NEW,
    "ExpiredTokenException": _NEW,
    "IncompleteSignature": _NEW,
    "IncompleteSignatureException": _NEW,
    "InvalidClientTokenId": _NEW,
    "InvalidSignatureException": _CLOCK,
    "MissingAuthenticationToken": _NEW,
    "MissingAuthenticationTokenException": _NEW,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "SignatureDoesNotMatch": _CLOCK,
    "UnrecognizedClientException": _NEW,
}

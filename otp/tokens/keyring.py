"""The private keys that sign tokens, and their public keys as JWK (RFC 7517).

PyJWT and cryptography take a tenth of a second to import, so they are imported when a key is first used. Validating an
RSA key takes 40 ms, so that is left to the system checks.
"""

import base64
import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from otp.conf import conf

ALGORITHMS = {"Ed25519": "EdDSA", "P-256": "ES256", "RSA": "RS256"}  # by curve; RSA has none
PUBLIC_MEMBERS = ("crv", "e", "kty", "n", "x", "y")  # those that RFC 7638 requires
NOT_BEFORE = "nbf"
RSA_BITS = 2048
# The members of a JWK (RFC 7518, 6.3.2), in the order of the parameters of RSAPrivateNumbers.
RSA_MEMBERS = ("p", "q", "d", "dp", "dq", "qi")


class InvalidKey(ValueError):
    """Not a private key, or of an unsupported kind. The message never contains the key."""


@dataclass(frozen=True)
class Key:
    """A key. `kid` is its thumbprint (RFC 7638), `published` its public JWK.

    `not_before`, in seconds since the epoch, is when it begins to sign. It is published before that.
    """

    kid: str
    algorithm: str
    private: Any
    public: Any
    published: dict[str, str]
    not_before: int


def signing(algorithm: str | None = None) -> Key:
    """The key that signs: the first, or the first of an algorithm, that may by now. Raises InvalidKey if there is none.

    If none may yet, there is no older key that others could have, so the first signs at once.
    """
    found = [each for each in map(key, conf.jwt_keys) if algorithm in (None, each.algorithm)]
    if not found:
        raise InvalidKey(f"no key for {algorithm}")
    now = timezone.now().timestamp()
    return next((each for each in found if each.not_before <= now), found[0])


def all_keys() -> list[Key]:
    return [key(text) for text in conf.jwt_keys]


@functools.lru_cache
def key(text: str) -> Key:
    """A private key from PEM or a JWK. Raises InvalidKey."""
    private = _private(text)
    if not hasattr(private, "public_key"):
        raise InvalidKey("not a private key")
    public = private.public_key()
    jwk = _as_jwk(public)
    algorithm = ALGORITHMS[jwk.get("crv", "RSA")]
    kid = thumbprint(jwk)
    return Key(kid, algorithm, private, public, jwk | {"kid": kid, "alg": algorithm, "use": "sig"}, _not_before(text))


def validate(text: str) -> None:
    """Check that the numbers of a private key belong together. Raises InvalidKey."""
    key(text)
    _private(text, validated=True)


def new_key() -> str:
    """A new Ed25519 key, as a private JWK."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from jwt.algorithms import OKPAlgorithm

    jwk = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    return json.dumps({name: jwk[name] for name in ("kty", "crv", "x", "d")})


def new_rsa_key() -> str:
    """A new RSA key, as a private JWK."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from jwt.algorithms import RSAAlgorithm

    jwk = RSAAlgorithm.to_jwk(generate_private_key(65537, RSA_BITS), as_dict=True)
    return json.dumps({name: jwk[name] for name in ("kty", "n", "e", *RSA_MEMBERS)})


def thumbprint(jwk: dict[str, str]) -> str:
    """The JWK thumbprint of RFC 7638: a digest of the required members in canonical form."""
    members = {name: jwk[name] for name in PUBLIC_MEMBERS if name in jwk}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _not_before(text: str) -> int:
    """The member `nbf` of a private JWK, which no standard has; 0 without it, as in PEM. Raises InvalidKey."""
    value = json.loads(text).get(NOT_BEFORE, 0) if text.lstrip().startswith("{") else 0
    if type(value) is not int:
        raise InvalidKey(f"with an {NOT_BEFORE} that isn't a whole number")
    return value


def _private(text: str, *, validated: bool = False) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    try:
        if not text.lstrip().startswith("{"):
            return load_pem_private_key(text.encode(), password=None, unsafe_skip_rsa_key_validation=not validated)
        jwk = json.loads(text)
        if jwk.get("kty") == "RSA":
            return _rsa(jwk, validated=validated)
        return PyJWK(jwk, ALGORITHMS.get(jwk.get("crv"))).key
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, PyJWTError):
        raise InvalidKey("not a readable key") from None  # the cause may contain the key


def _rsa(jwk: dict[str, str], *, validated: bool) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
    from jwt.utils import base64url_decode

    def number(name: str) -> int:
        return int.from_bytes(base64url_decode(jwk[name]))

    p, q, d, dp, dq, qi = map(number, RSA_MEMBERS)
    numbers = RSAPrivateNumbers(p, q, d, dp, dq, qi, RSAPublicNumbers(number("e"), number("n")))
    return numbers.private_key(unsafe_skip_rsa_key_validation=not validated)


def _as_jwk(public: Any) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    if isinstance(public, Ed25519PublicKey):
        jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, RSAPublicKey) and public.key_size >= RSA_BITS:
        jwk = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        raise InvalidKey("not Ed25519, P-256 or RSA of 2048 bits")
    return {name: jwk[name] for name in PUBLIC_MEMBERS if name in jwk}

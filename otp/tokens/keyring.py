"""The private keys that sign tokens, and their public keys as JWK (RFC 7517).

PyJWT and cryptography take a tenth of a second to import, so they are imported when a key is first used.
"""

import base64
import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from otp.conf import conf

CURVES = {"Ed25519": "EdDSA", "P-256": "ES256"}


class KeyUnfit(ValueError):
    """Not a private key, or of an unsupported kind. The message never contains the key."""


@dataclass(frozen=True)
class Key:
    """A key. `kid` is its thumbprint (RFC 7638), `published` its public JWK."""

    kid: str
    algorithm: str
    private: Any
    public: Any
    published: dict[str, str]


def signing() -> Key:
    """The key that signs: the first."""
    return key(conf.jwt_keys[0])


def all_keys() -> list[Key]:
    return [key(text) for text in conf.jwt_keys]


@functools.lru_cache
def key(text: str) -> Key:
    """A private key from PEM or a JWK. Raises KeyUnfit."""
    private = _private(text)
    if not hasattr(private, "public_key"):
        raise KeyUnfit("not a private key")
    public = private.public_key()
    jwk = _as_jwk(public)
    algorithm = CURVES[jwk["crv"]]
    kid = thumbprint(jwk)
    return Key(kid, algorithm, private, public, jwk | {"kid": kid, "alg": algorithm, "use": "sig"})


def new_key() -> str:
    """A new Ed25519 key, as a private JWK."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from jwt.algorithms import OKPAlgorithm

    jwk = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    return json.dumps({name: jwk[name] for name in ("kty", "crv", "x", "d")})


def thumbprint(jwk: dict[str, str]) -> str:
    """The JWK thumbprint of RFC 7638: a digest of the required members in canonical form."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y") if name in jwk}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _private(text: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    try:
        if text.lstrip().startswith("{"):
            jwk = json.loads(text)
            return PyJWK(jwk, CURVES.get(jwk.get("crv"))).key
        return load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm, PyJWTError):
        raise KeyUnfit("not a readable key") from None  # the cause may contain the key


def _as_jwk(public: Any) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm

    if isinstance(public, Ed25519PublicKey):
        jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        raise KeyUnfit("neither Ed25519 nor P-256")
    return {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}

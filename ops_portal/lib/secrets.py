"""Secrets at rest: a ring of Fernet keys, the first of which encrypts.

Without ENCRYPTION_KEYS the ring is derived from SECRET_KEY and its fallbacks, which ties the
secrets to a key that is rotated for other reasons; `check --deploy` warns of it.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class WrongKey(Exception):
    """No key of the ring opens this secret: it was sealed with a key that is gone."""


def encrypt(text: str) -> bytes:
    return _ring(*_keys()).encrypt(text.encode())


def decrypt(sealed: bytes) -> str:
    """Open what `encrypt` sealed, with whichever key of the ring fits. Raises WrongKey."""
    try:
        return _ring(*_keys()).decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise WrongKey from error


def rotate(sealed: bytes) -> bytes:
    """Seal the same secret anew with the first key of the ring. Raises WrongKey."""
    try:
        return _ring(*_keys()).rotate(bytes(sealed))
    except InvalidToken as error:
        raise WrongKey from error


def _keys() -> list[str]:
    if settings.ENCRYPTION_KEYS:
        return list(settings.ENCRYPTION_KEYS)
    return [_derived(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _derived(secret: str) -> str:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ops-portal secrets at rest")
    return urlsafe_b64encode(kdf.derive(secret.encode())).decode()


@lru_cache(maxsize=8)
def _ring(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])

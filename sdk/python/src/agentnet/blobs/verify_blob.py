"""Whether bytes are what was said of them."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence

from ..errors import ValidationError
from .blob_reference import BlobReference


class BlobDigest:
    """Counts and hashes bytes as they pass, and stops at the limit."""

    def __init__(self, max_bytes: int) -> None:
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._max_bytes = max_bytes

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def update(self, chunk: bytes) -> None:
        """Raises: ValidationError: `blob_too_large`"""
        self.size_bytes += len(chunk)
        require_size(self.size_bytes, self._max_bytes)
        self._hash.update(chunk)

    def observe(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Hands the chunks on and takes note of each."""
        for chunk in content:
            self.update(chunk)
            yield chunk

    async def observe_async(self, content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """As `observe`."""
        async for chunk in content:
            self.update(chunk)
            yield chunk

    def require(self, facts: Sequence[BlobReference]) -> None:
        """Facts nobody stated are not checked. Spec: rule `blob.integrity`.

        Raises:
            ValidationError: `blob_corrupt`
        """
        for fact in facts:
            if fact.size_bytes not in (None, self.size_bytes):
                raise _corrupt(fact, f"has {self.size_bytes} bytes instead of {fact.size_bytes}")
            if fact.sha256 not in (None, self.sha256):
                raise _corrupt(fact, f"has the SHA-256 {self.sha256} instead of {fact.sha256}")


def require_size(size_bytes: int, max_bytes: int) -> None:
    """Raises: ValidationError: `blob_too_large`"""
    if size_bytes > max_bytes:
        detail = f"the blob has {size_bytes} bytes or more; at most {max_bytes} are taken"
        raise ValidationError("blob_too_large", detail)


def verified(content: Iterable[bytes], facts: Sequence[BlobReference], max_bytes: int) -> Iterator[bytes]:
    """Hands the chunks on and fails after the last one unless they are what every one of `facts` says. Whoever keeps
    chunks must not show them to anybody before the end."""
    require_size(max((fact.size_bytes or 0 for fact in facts), default=0), max_bytes)
    digest = BlobDigest(max_bytes)
    yield from digest.observe(content)
    digest.require(facts)


def _corrupt(fact: BlobReference, why: str) -> ValidationError:
    return ValidationError("blob_corrupt", f"blob {fact.blob_id} {why}")

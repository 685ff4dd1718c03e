"""A reference to a blob: what is sent as a payload, and what a store keeps on record."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from agentnet_protocol import check, is_valid, limits

from ..conversation.ulid import make_ulid
from ..errors import ValidationError

BlobStorageName: TypeAlias = Literal["local_fs", "nats_object"]

DEFAULT_MIME_TYPE = "application/octet-stream"
"""The media type of bytes nobody described."""


@dataclass(frozen=True, kw_only=True)
class BlobReference:
    """Spec: schema `BlobRef`, with its defaults filled in."""

    blob_id: str
    """Names the blob in its store."""
    storage: BlobStorageName = "local_fs"
    """Where the bytes are."""
    mime_type: str = DEFAULT_MIME_TYPE
    size_bytes: int | None = None
    """Length of the bytes; always there in references this SDK makes."""
    filename: str | None = None
    """Name for people, safe as the last part of a path."""
    sha256: str | None = None
    """SHA-256 of the bytes in lower-case hex; always there in references this SDK makes."""
    created_at: str | None = None
    metadata: dict[str, Any] | None = None

    def to_payload(self) -> dict[str, Any]:
        """The wire's words; what is not known stays out."""
        return {"type": "blob_ref", **{name: value for name, value in asdict(self).items() if value is not None}}


BlobIdOrRef: TypeAlias = str | BlobReference | Mapping[str, Any]
"""A blob by its id or by a reference to it; with a reference the bytes must also be what that says."""


def make_blob_id() -> str:
    """`blob_` and a ULID, so that ids sort by the time they were made."""
    return f"blob_{make_ulid()}"


def require_blob_id(value: Any) -> str:
    """Every path and object name is built from what this returns. Spec: rule `blob.id`.

    Raises:
        ValidationError: `blob_id_invalid`
    """
    if is_valid("BlobId", value):
        return str(value)
    shown = repr(value[:100]) if isinstance(value, str) else type(value).__name__
    raise ValidationError("blob_id_invalid", f"a blob id is letters, digits, _ and -, at most 128 of them; got {shown}")


def read_blob_ref(payload: Any) -> BlobReference | None:
    """Reads a payload as a blob reference, as tolerantly as the protocol asks: `type` in any case, defaults for what is
    absent. None when it is none: another type, or no blob id. Spec: rules `blob.read`, `blob.id`.

    Raises:
        ValidationError: `blob_id_invalid`, `blob_storage_unknown`, `blob_ref_invalid`
    """
    if isinstance(payload, BlobReference):
        payload = payload.to_payload()
    if not isinstance(payload, Mapping):
        return None
    # Older peers write null and empty texts for what they do not know.
    stated = {name: value for name, value in payload.items() if value is not None and value != ""}
    kind, digest = stated.get("type"), stated.get("sha256")
    if not isinstance(kind, str) or kind.strip().lower() != "blob_ref" or "blob_id" not in stated:
        return None
    stated |= {"type": "blob_ref", "blob_id": require_blob_id(stated["blob_id"]), "storage": _storage_of(stated)}
    if isinstance(digest, str):
        stated["sha256"] = digest.strip().lower()
    violations = check("BlobRef", stated)
    if violations:
        raise ValidationError("blob_ref_invalid", f"{violations[0].path} {violations[0].message}".strip())
    size = stated.get("size_bytes")
    return BlobReference(
        blob_id=stated["blob_id"],
        storage=stated["storage"],
        mime_type=stated.get("mime_type", DEFAULT_MIME_TYPE),
        size_bytes=None if size is None else int(size),
        filename=safe_filename(stated.get("filename")),
        sha256=stated.get("sha256"),
        created_at=stated.get("created_at"),
        metadata=stated.get("metadata"),
    )


def require_reference(blob: Any) -> BlobReference:
    """Raises: ValidationError: `blob_ref_invalid`, and as `read_blob_ref`."""
    reference = read_blob_ref(blob)
    if reference is None:
        raise ValidationError("blob_ref_invalid", "expected a blob reference")
    return reference


def safe_filename(name: str | None) -> str | None:
    """Keeps letters, digits, `-`, `_`, `.` and space; the rest becomes `_`. What is left cannot leave a folder: it
    holds no separator and is never only dots."""
    kept = (name or "").strip()[: limits.NAME_MAX_LENGTH]
    if not kept:
        return None
    safe = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in kept)
    return safe if safe.strip(".") else "_" * len(safe)


def format_record(reference: BlobReference) -> bytes:
    """The record as the protocol's first version writes it: indented, keys sorted."""
    return json.dumps(reference.to_payload(), indent=2, sort_keys=True, ensure_ascii=False).encode()


def parse_record(blob_id: str, text: bytes) -> BlobReference:
    """Raises: ValidationError: `blob_corrupt` when the record is no reference to this blob in the file store."""
    try:
        reference = read_blob_ref(json.loads(text))
    except (ValueError, RecursionError, ValidationError) as cause:
        raise ValidationError("blob_corrupt", f"the record of blob {blob_id} cannot be read: {cause}") from cause
    if reference is None or (reference.blob_id, reference.storage) != (blob_id, "local_fs"):
        raise ValidationError("blob_corrupt", f"the record of blob {blob_id} is about something else")
    return reference


def _storage_of(stated: Mapping[str, Any]) -> Any:
    given = stated.get("storage", "local_fs")
    name = given.strip().lower() if isinstance(given, str) else given
    if is_valid("BlobStorage", name):
        return name
    raise ValidationError("blob_storage_unknown", f"no storage {str(given)[:100]!r} is known")

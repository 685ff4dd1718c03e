"""What the object store keeps about a blob, in the layout of every JetStream Object Store."""

import base64
import json
from typing import Any

from agentnet_protocol import jetstream, now_timestamp

from ..errors import ValidationError
from .blob_files import CHUNK_BYTES
from .blob_reference import BlobReference, read_blob_ref, require_reference


def make_record(stored: BlobReference, *, nuid: str, chunks: int) -> bytes:
    """Texts only, in the words of `BlobRef`; size and digest the store knows by itself."""
    texts = {"mime_type": stored.mime_type, "created_at": stored.created_at, "filename": stored.filename}
    if stored.metadata is not None:
        texts["metadata"] = json.dumps(stored.metadata, separators=(",", ":"))
    digest = base64.urlsafe_b64encode(bytes.fromhex(stored.sha256 or "")).decode()
    record = {
        "name": stored.blob_id,
        "bucket": jetstream.BLOBS_BUCKET,
        "size": stored.size_bytes,
        "digest": f"SHA-256={digest}",
        "mtime": now_timestamp(),
        "metadata": {name: text for name, text in texts.items() if text is not None},
        "options": {"max_chunk_size": CHUNK_BYTES},
        "nuid": nuid,
        "chunks": chunks,
        "deleted": False,
    }
    return json.dumps(record).encode()


def read_record(blob_id: str, text: bytes) -> dict[str, Any]:
    """Raises: ValidationError: `blob_corrupt`"""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise ValidationError("blob_corrupt", f"the record of blob {blob_id} cannot be read")
    return record


def reference_of(blob_id: str, record: dict[str, Any]) -> BlobReference:
    """Raises: ValidationError: `blob_corrupt` when the object's record makes no reference."""
    try:
        texts = dict(record.get("metadata") or {})
        more = texts.pop("metadata", None)
        digest = str(record["digest"]).split("=", 1)[1]
        reference = read_blob_ref(
            {
                "created_at": record.get("mtime"),
                **texts,
                "type": "blob_ref",
                "blob_id": blob_id,
                "storage": "nats_object",
                "size_bytes": record["size"],
                "sha256": base64.urlsafe_b64decode(digest + "==").hex(),
                "metadata": None if more is None else json.loads(more),
            }
        )
    except (ValueError, KeyError, IndexError, TypeError, ValidationError) as cause:
        raise ValidationError("blob_corrupt", f"the record of blob {blob_id} cannot be read: {cause}") from cause
    return require_reference(reference)

"""Blobs in a folder of this machine."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from agentnet_protocol import ProtocolError, encode_json, limits, now_timestamp

from ..errors import TransportError, ValidationError
from ..require_option import require_integer, require_schema
from .blob_files import (
    publish_part,
    read_plain_file,
    read_plain_record,
    replace_file,
    require_plain_folder,
    write_part,
)
from .blob_reference import (
    DEFAULT_MIME_TYPE,
    BlobIdOrRef,
    BlobReference,
    format_record,
    make_blob_id,
    parse_record,
    require_blob_id,
    require_reference,
    safe_filename,
)
from .transfer import OnProgress, open_source, read_in_chunks, report_progress, split
from .verify_blob import BlobDigest, require_size, verified

_Result = TypeVar("_Result")


def default_blob_root() -> str:
    """`AGENTNET_BLOB_DIR`, or `.agentnet_blobs` in the working folder."""
    return os.environ.get("AGENTNET_BLOB_DIR", "").strip() or ".agentnet_blobs"


@dataclass(frozen=True, kw_only=True)
class PutBlobOptions:
    """What is said about a blob when it is stored. Raises `ValidationError` `invalid_option`, `blob_id_invalid`."""

    filename: str | None = None
    """Name for people; characters other than letters, digits, `-`, `_`, `.` and space become `_`."""
    mime_type: str = DEFAULT_MIME_TYPE
    metadata: dict[str, Any] | None = None
    """Anything else: JSON, at most 32,768 bytes."""
    blob_id: str | None = None
    """A name of your own: 1 to 128 letters, digits, `_` and `-`. Default: `blob_` and a ULID."""

    def __post_init__(self) -> None:
        require_schema("mime_type", "BlobRef", {**self.reference().to_payload()})
        if self.metadata is not None:
            _require_metadata(self.metadata)

    def reference(self) -> BlobReference:
        """What is known before the bytes are read."""
        return BlobReference(
            blob_id=make_blob_id() if self.blob_id is None else require_blob_id(self.blob_id),
            mime_type=self.mime_type,
            filename=safe_filename(self.filename),
            created_at=now_timestamp(),
            metadata=self.metadata,
        )


class LocalBlobs:
    """Bytes in `data/<blob_id>`, the reference in `meta/<blob_id>.json`, written last: it makes the blob exist. Also
    reads, and never writes, the flat layout `<blob_id>` and `<blob_id>.json`. Needs a file system with hard links.
    Every call is synchronous. Spec: rules `blob.layout`, `blob.atomic`."""

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        """`root`: Default: `AGENTNET_BLOB_DIR`, or `.agentnet_blobs` in the working folder. Made by the first put."""
        self.root = Path(root or default_blob_root()).absolute()
        self._data = self.root / "data"
        self._meta = self.root / "meta"

    def put_blob_bytes(
        self, content: bytes, options: PutBlobOptions, on_progress: OnProgress | None = None
    ) -> BlobReference:
        """Stores bytes and returns the reference to send; the same bytes under the same id again are what is on record.

        Raises:
            AgentNetError: `blob_exists` when the id has other bytes; `blob_too_large`, `blob_store_failed`
        """
        require_size(len(content), limits.BLOB_MAX_BYTES)
        chunks = report_progress(split(content), on_progress, len(content))
        return _with_own_errors(lambda: self._put(options.reference(), chunks))

    def put_blob_file(
        self, path: str | os.PathLike[str], options: PutBlobOptions, on_progress: OnProgress | None = None
    ) -> BlobReference:
        """Stores a file without holding it in memory.

        Raises:
            AgentNetError: `invalid_option` when `path` is no plain file; as `put_blob_bytes`
        """
        described = options if options.filename is not None else replace(options, filename=Path(path).name)
        file, size_bytes = open_source(path)
        with file:
            require_size(size_bytes, limits.BLOB_MAX_BYTES)
            chunks = report_progress(read_in_chunks(file), on_progress, size_bytes)
            return _with_own_errors(lambda: self._put(described.reference(), chunks))

    def head_blob(self, blob: BlobIdOrRef) -> BlobReference:
        """What is on record; the bytes are not read.

        Raises:
            AgentNetError: `blob_not_found`, `blob_id_invalid`, `blob_ref_invalid`, `blob_storage_unknown`,
                `blob_corrupt`, `blob_store_failed`
        """
        wanted = _wanted(blob)
        return _with_own_errors(lambda: self._find(wanted)[0])

    def get_blob_bytes(
        self,
        blob: BlobIdOrRef,
        *,
        max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> bytes:
        """Bytes that are not what is on record, and in the reference, are never returned. Spec: rule `blob.integrity`.

        Raises:
            AgentNetError: As `head_blob`; `blob_too_large`
        """
        return _with_own_errors(lambda: b"".join(self._read(_wanted(blob), max_bytes, on_progress)[1]))

    def get_blob_file(
        self,
        blob: BlobIdOrRef,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = limits.BLOB_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> BlobReference:
        """Writes a blob to `path`, which appears, or is replaced, once all bytes are verified and on disk.

        Raises:
            AgentNetError: As `get_blob_bytes`
        """

        def get() -> BlobReference:
            reference, content = self._read(_wanted(blob), max_bytes, on_progress)
            replace_file(Path(path).absolute(), content)
            return reference

        return _with_own_errors(get)

    def _put(self, draft: BlobReference, content: Iterable[bytes]) -> BlobReference:
        self._data.mkdir(parents=True, exist_ok=True)
        self._meta.mkdir(parents=True, exist_ok=True)
        self._require_plain_folders()
        data, meta = self._data / draft.blob_id, self._meta / f"{draft.blob_id}.json"
        digest = BlobDigest(limits.BLOB_MAX_BYTES)
        part = write_part(self._data, digest.observe(content))
        stored = replace(draft, size_bytes=digest.size_bytes, sha256=digest.sha256)
        if not publish_part(part, data):
            _require_same(data, stored)
        if publish_part(write_part(self._meta, [format_record(stored)]), meta):
            return stored
        return self._find(stored)[0]

    def _read(
        self, wanted: BlobReference, max_bytes: int, on_progress: OnProgress | None
    ) -> tuple[BlobReference, Iterator[bytes]]:
        require_integer("max_bytes", max_bytes, 0)
        reference, data = self._find(wanted)
        content = verified(read_plain_file(data), [reference, wanted], max_bytes)
        return reference, report_progress(content, on_progress, reference.size_bytes)

    def _find(self, wanted: BlobReference) -> tuple[BlobReference, Path]:
        self._require_plain_folders()
        for data, meta in self._layouts_of(wanted.blob_id):
            record = read_plain_record(meta)
            if record is not None:
                return parse_record(wanted.blob_id, record), data
        detail = f"no blob {wanted.blob_id} in {self.root}; it may be on another machine"
        raise TransportError("blob_not_found", detail)

    def _layouts_of(self, blob_id: str) -> list[tuple[Path, Path]]:
        name = f"{blob_id}.json"
        return [(self._data / blob_id, self._meta / name), (self.root / blob_id, self.root / name)]

    def _require_plain_folders(self) -> None:
        require_plain_folder(self._data)
        require_plain_folder(self._meta)


def read_put_options(options: dict[str, Any]) -> PutBlobOptions:
    """Raises: ValidationError: `invalid_option`, `blob_id_invalid`"""
    try:
        return PutBlobOptions(**options)
    except TypeError as cause:
        raise ValidationError("invalid_option", str(cause).replace("PutBlobOptions.__init__()", "the call")) from None


def decode_text(content: bytes) -> str:
    """Raises: ValidationError: `blob_not_text`"""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise ValidationError("blob_not_text", "the bytes are not UTF-8; use get_blob_bytes") from cause


def _wanted(blob: BlobIdOrRef) -> BlobReference:
    if isinstance(blob, str):
        return BlobReference(blob_id=require_blob_id(blob))
    reference = require_reference(blob)
    if reference.storage != "local_fs":
        raise ValidationError(
            "blob_storage_unknown", f"the blob is in {reference.storage}, this store is local_fs; use NetworkBlobs"
        )
    return reference


def _require_same(data: Path, stored: BlobReference) -> None:
    on_disk = BlobDigest(limits.BLOB_MAX_BYTES)
    for _ in on_disk.observe(read_plain_file(data)):
        pass
    if on_disk.sha256 != stored.sha256:
        raise ValidationError("blob_exists", f"blob {stored.blob_id} has other bytes; choose another id")


def _require_metadata(metadata: dict[str, Any]) -> None:
    try:
        size = len(encode_json(metadata))
    except ProtocolError as cause:
        raise ValidationError("invalid_option", f"metadata has no JSON form: {cause.detail}") from cause
    if not isinstance(metadata, dict) or size > limits.BLOB_METADATA_MAX_BYTES:
        detail = f"metadata must be an object of at most {limits.BLOB_METADATA_MAX_BYTES} bytes as JSON"
        raise ValidationError("invalid_option", detail)


def _with_own_errors(work: Callable[[], _Result]) -> _Result:
    try:
        return work()
    except OSError as cause:
        raise TransportError("blob_store_failed", str(cause)) from cause

"""Where the keys of one name live."""

import contextlib
import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import AgentNetError, ValidationError
from .key_pair import KeyPair, decode_base64url, encode_base64url, make_key_pair

_LONGEST_PLAIN_NAME = 100
_READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, kw_only=True)
class KeyFile:
    """Where the key of one name is."""

    key_dir: str
    """Folder of the key files, made with mode 0700 when missing."""
    name: str
    """The username, else the agent id."""
    on_exposed: Callable[[AgentNetError], object]
    """Hears that other users of the machine can read the file."""

    @property
    def path(self) -> Path:
        return Path(self.key_dir) / key_file_name(self.name)

    @property
    def staged_path(self) -> Path:
        """The file of no name: those end with `.json`."""
        return self.path.with_name(f"{self.path.name}.next")


def load_key_pair(file: KeyFile) -> KeyPair:
    """Reads the key pair of a name; makes it, with mode 0600, on first use. Two processes that make it at once get the
    same one.

    Raises:
        ValidationError: `key_file_unusable`
    """
    return _load(file.path, file)


def stage_key_pair(file: KeyFile) -> KeyPair:
    """The key that a rotation under way will end with, made on first use: whoever tries again, here or in another
    process, offers the same one.

    Raises:
        ValidationError: `key_file_unusable`
    """
    return _load(file.staged_path, file)


def staged_key_pair(file: KeyFile) -> KeyPair | None:
    """The key of a rotation that was begun and may have happened.

    Raises:
        ValidationError: `key_file_unusable`
    """
    path = file.staged_path
    with _reported(path), contextlib.suppress(FileNotFoundError):
        return _parse(json.loads(path.read_text("utf-8")))
    return None


def promote_key_pair(file: KeyFile) -> None:
    """Makes the staged key the one of the name, in one step of the file system. Safe to do twice.

    Raises:
        ValidationError: `key_file_unusable`
    """
    _rename_if_there(file.staged_path, file.path)


def shelve_key_pair(file: KeyFile) -> None:
    """Puts the key of a name out of use; the next load makes another. The file stays, with `.revoked` at the end of its
    name.

    Raises:
        ValidationError: `key_file_unusable`
    """
    _rename_if_there(file.path, file.path.with_name(f"{file.path.name}.{uuid.uuid4()}.revoked"))


def key_file_name(name: str) -> str:
    """Names of letters, digits and `_ - .` are kept, so that files of the protocol's first version are found; others
    get a digest, since replacing characters alone would give `a/b` and `a b` one file and one key."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name).strip("._-")
    if plain and plain == name and len(plain) <= _LONGEST_PLAIN_NAME:
        return f"{plain}.json"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{plain[:_LONGEST_PLAIN_NAME]}~{digest}.json"


def _load(path: Path, file: KeyFile) -> KeyPair:
    with _reported(path):
        with contextlib.suppress(FileExistsError):
            if not path.exists():
                _create(path)
        pair = _parse(json.loads(path.read_text("utf-8")))
        if os.name == "posix" and path.stat().st_mode & _READABLE_BY_OTHERS:
            file.on_exposed(ValidationError("key_file_exposed", f"other users can read {path}; run chmod 600 on it"))
    return pair


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as cause:
        raise ValidationError("key_file_unusable", f"{path}: {cause}") from cause


def _rename_if_there(old: Path, new: Path) -> None:
    with _reported(new), contextlib.suppress(FileNotFoundError):
        old.rename(new)


def _create(path: Path) -> None:
    """A link appears at once with its whole content, and fails when another process was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = make_key_pair()
    text = json.dumps({"private_key": pair.private_key, "public_key": pair.public_key}, indent=2)
    draft = path.parent / f".{uuid.uuid4()}.tmp"
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _parse(content: object) -> KeyPair:
    fields = content if isinstance(content, dict) else {}
    private_key, public_key = fields.get("private_key"), fields.get("public_key")
    if not isinstance(private_key, str) or not isinstance(public_key, str):
        raise ValueError("private_key and public_key must be texts")
    pair = KeyPair(decode_base64url(private_key))
    if pair.public_key != encode_base64url(decode_base64url(public_key)):
        raise ValueError("public_key is not that of private_key")
    return pair

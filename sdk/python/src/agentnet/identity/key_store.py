"""The key files of one name."""

from .key_file import (
    KeyFile,
    load_key_pair,
    promote_key_pair,
    shelve_key_pair,
    stage_key_pair,
    staged_key_pair,
)
from .key_pair import KeyPair


class KeyStore:
    """At every moment one of the files holds the key the account is bound to. Spec: rule `auth.key.file`.

    Every method raises `ValidationError` `key_file_unusable`.
    """

    def __init__(self, file: KeyFile) -> None:
        self._file = file

    def load(self) -> KeyPair:
        """The key of the name; made on first use."""
        return load_key_pair(self._file)

    def stage(self) -> KeyPair:
        """The key a rotation offers."""
        return stage_key_pair(self._file)

    def staged(self) -> KeyPair | None:
        """The key of a rotation that may have happened without this agent hearing of it."""
        return staged_key_pair(self._file)

    def confirm(self, pair: KeyPair) -> None:
        """The registry has accepted `pair`, which was staged here or is the name's already."""
        staged = self.staged()
        if staged and staged.public_key == pair.public_key:
            promote_key_pair(self._file)

    def find(self, public_key: str) -> KeyPair | None:
        """The key with this public half, whichever file has it."""
        # In this order: a staged key that another process promotes meanwhile has become the name's key.
        pairs = (self.staged(), self.load())
        return next((pair for pair in pairs if pair and pair.public_key == public_key), None)

    def shelve(self) -> None:
        """The key was revoked."""
        shelve_key_pair(self._file)

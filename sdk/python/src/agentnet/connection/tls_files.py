"""Files that TLS needs where the machine's own authorities do not do."""

import os
import ssl
from dataclasses import dataclass

from ..errors import ValidationError


@dataclass(frozen=True, kw_only=True)
class TlsFiles:
    """PEM files; they count for `tls://` URLs only. An empty variable counts as unset."""

    ca_file: str | None = None
    """Authorities that may have signed the server's certificate. Default: NATS_CA, else those of this machine."""
    cert_file: str | None = None
    """This client's certificate, for servers that verify clients; needs `key_file`. Default: NATS_CERT."""
    key_file: str | None = None
    """The private key of `cert_file`. Default: NATS_KEY."""

    def context(self) -> ssl.SSLContext:
        """What verifies the server, its host name too.

        Raises:
            ValidationError: `invalid_option`
        """
        ca_file = self.ca_file or os.environ.get("NATS_CA") or None
        cert_file = self.cert_file or os.environ.get("NATS_CERT") or None
        key_file = self.key_file or os.environ.get("NATS_KEY") or None
        if (cert_file is None) != (key_file is None):
            raise ValidationError(
                "invalid_option", "tls_cert_file (NATS_CERT) and tls_key_file (NATS_KEY) need each other"
            )
        try:
            context = ssl.create_default_context(cafile=ca_file)
            if cert_file is not None:
                context.load_cert_chain(cert_file, key_file)
        except OSError as cause:  # ssl.SSLError is one
            named = ", ".join(path for path in (ca_file, cert_file, key_file) if path)
            raise ValidationError(
                "invalid_option",
                f"tls_ca_file, tls_cert_file and tls_key_file must be PEM files that can be read, got {named}: {cause}",
            ) from cause
        return context

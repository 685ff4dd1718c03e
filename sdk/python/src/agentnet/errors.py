"""Every failure this SDK reports. Branch on `code`, never on the message."""

from agentnet_protocol import ErrorCode, ProtocolError, error_codes, is_error_code


class AgentNetError(ProtocolError):
    """Tree: AgentNetError > RemoteError | TransportError | ValidationError. `retryable`: the call can succeed later."""


class RemoteError(AgentNetError):
    """The other side refused or failed: a registry, or the agent a message went to."""

    def __init__(self, code: ErrorCode, detail: str, *, remote_code: str = "", remote_detail: str = "") -> None:
        super().__init__(code, detail)
        self.remote_code = remote_code
        """The other side's own code as it stood on the wire; with `delivery_rejected` the receipt's, e.g. `busy`."""
        self.remote_detail = remote_detail
        """The other side's explanation as it stood on the wire."""

    @property
    def retryable(self) -> bool:
        """What the other side's code says, where there is one."""
        return error_codes[self.remote_code].retryable if is_error_code(self.remote_code) else super().retryable


class TransportError(AgentNetError):
    """Nothing came back, or nothing could be sent: connection, credentials, time-outs."""


class ValidationError(AgentNetError):
    """What the caller passed in, or what came back, breaks its rules."""

"""What one session signs and verifies with."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import MessageHeaders, Parsed, RegistryClient, TransportMessage, decode_json, headers, subjects

from ..clock import Clock
from ..connection.link import Link
from ..connection.patient_transport import registry_client
from ..connection.signing_transport import SigningTransport
from ..connection.to_agentnet_error import to_agentnet_error
from ..errors import AgentNetError, TransportError
from ..identity.detached_text import DETACHED_SCHEME, Place
from ..identity.key_file import KeyFile
from ..identity.key_ring import AccountKeys, KeyRing
from ..identity.key_store import KeyStore
from ..identity.message_verifier import MessageVerifier, Recipient
from ..identity.signer import Signer
from ..options import AgentOptions
from .register import Registered, Session, SignWith, register


def fresh_nonce() -> str:
    """A text that was never used before."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class SigningParts:
    """What signing is set up with."""

    link: Link
    options: AgentOptions
    report: Callable[[AgentNetError], object]


class Signing:
    """The key of one name, and the keys of others."""

    def __init__(self, parts: SigningParts) -> None:
        """Reads the key, or makes it.

        Raises:
            ValidationError: `key_file_unusable`
        """
        options, clock = parts.options, parts.options.clock
        self._link = parts.link
        self._options = options
        self._clock: Clock = clock
        self._report = parts.report
        self._following: set[asyncio.Task[None]] = set()
        name = options.username or options.agent_id
        self.store = KeyStore(KeyFile(key_dir=options.key_dir, name=name, on_exposed=parts.report))
        self.keys = KeyRing(registry_client(parts.link, clock), clock)
        self.signer = Signer(
            self.store.load(),
            agent_id=options.agent_id,
            account_id=options.account_id or "",
            keys=self.keys,
            now=clock.now,
        )

    async def register(self) -> Session:
        """Registers with the key of the name; with the one a rotation left behind, if the registry says that the
        rotation happened.

        Raises:
            AgentNetError: `auth_v2_unavailable`, and what the registry refuses with.
        """
        registered = await self._register_with_either()
        session, policy = registered.session, registered.signing
        if self._options.requires_v2 and not (policy and DETACHED_SCHEME in policy.schemes):
            raise TransportError(
                "auth_v2_unavailable", "auth_require is v2, but the registry does not verify ed25519-v2"
            )
        is_required_there = policy is not None and policy.required == DETACHED_SCHEME
        self.signer.is_v2_required = self._options.requires_v2 or is_required_there
        self.signer.join(account_id=session.account_id, session_tag=session.session_tag)
        return session

    def verifier_for(self, session: Session) -> MessageVerifier:
        recipient = Recipient(session.account_id, session.capabilities)
        return MessageVerifier(self.keys, recipient, requires_v2=self._options.requires_v2, elapsed=self._clock.elapsed)

    @property
    def presence(self) -> RegistryClient:
        """The registry's events, signed."""

        def sign(place: Place) -> MessageHeaders:
            return self.signer.seal("goodbye" if place.subject == subjects.REGISTRY_GOODBYE else "hello", place)

        return RegistryClient(SigningTransport(self._link, sign))

    async def listen(self, account_id: str) -> None:
        """Forgets what the registry says has changed; what was announced while the connection was down is made good by
        `keys.forget_all`."""

        async def take(raw: TransportMessage) -> None:
            decoded = decode_json("KeyChange", raw.body)
            if not isinstance(decoded, Parsed):
                return
            changed = decoded.value["account_id"]
            self.keys.forget(changed)
            if changed == account_id:
                # A task, so that what else is announced is not held up.
                following = asyncio.ensure_future(self._follow(account_id))
                self._following.add(following)
                following.add_done_callback(self._following.discard)

        await self._link.subscribe(subjects.KEY_CHANGES, take)

    async def _follow(self, account_id: str) -> None:
        """Another session of this account may have replaced the key; its file is this agent's file too."""
        found = await self.keys.find(account_id)
        if not isinstance(found, AccountKeys) or found.public_key == self.signer.pair.public_key:
            return
        try:
            pair = self.store.find(found.public_key)
        except AgentNetError as unusable:
            self._report(unusable)
            return
        if pair:
            self.signer.pair = pair
            return
        key_dir = self._options.key_dir
        detail = f"{account_id} was given a key that is not in {key_dir}; copy its key file there and start again"
        self._report(TransportError("auth_public_key_mismatch", detail))

    async def _register_with_either(self) -> Registered:
        staged = self.store.staged()
        try:
            return await self._register()
        except Exception as cause:
            error = to_agentnet_error(cause)
            if staged is None or error.code != "auth_public_key_mismatch":
                raise
        self.signer.pair = staged
        registered = await self._register()
        self.store.confirm(staged)
        return registered

    async def _register(self) -> Registered:
        """One nonce for both schemes: whoever strips the header cannot use the rest."""
        nonce = fresh_nonce()

        def sign(place: Place) -> MessageHeaders:
            return {headers.SIGNATURE: self.signer.sign("register", place, nonce=nonce)}

        registry = registry_client(SigningTransport(self._link, sign), self._clock)
        return await register(registry, self._options, SignWith(self.signer.pair, nonce))

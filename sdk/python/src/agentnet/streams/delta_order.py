"""Putting the deltas of one stream into the order of `seq`, each once. Knows no time."""


class DeltaOrder:
    """What is joined so far, and what is held back behind a missing delta."""

    def __init__(self) -> None:
        self.bytes = 0
        """Size of the text taken so far, held back or not."""
        self._pieces: list[str] = []
        self._early: dict[int, str] = {}
        self._next: int | None = None

    @property
    def joined(self) -> str:
        """The text up to the first missing delta."""
        return "".join(self._pieces)

    @property
    def released(self) -> int:
        """Pieces of text that became readable so far."""
        return len(self._pieces)

    @property
    def waiting(self) -> int:
        """Deltas held back behind a missing one."""
        return len(self._early)

    @property
    def may_begin_at_one(self) -> bool:
        """Whether the only question is where the stream begins: 1 is there, and nothing says whether 0 will come."""
        return self._next is None and 1 in self._early

    def begin_at(self, first: int) -> str:
        """Says where the stream begins; what is said later than the first text is ignored. Returns the text that became
        readable."""
        if self._next is None:
            self._next = first
        return self._release()

    def add(self, seq: int, delta: str) -> str:
        """Returns the text that became readable. Repeated and late deltas change nothing."""
        if self._next is None and seq == 0:
            self._next = 0
        if (self._next is not None and seq < self._next) or seq in self._early:
            return ""
        self._early[seq] = delta
        self.bytes += len(delta.encode("utf-8", "surrogatepass"))
        return self._release()

    def is_complete_until(self, end: int) -> bool:
        """Whether every delta before `end` is there; 0 means that the stream has not said where it ends."""
        if self._early:
            return False
        # Some senders put the last delta's own number there, so one more than expected is no gap.
        return end <= 1 if self._next is None else self._next >= end

    def _release(self) -> str:
        if self._next is None:
            return ""
        found: list[str] = []
        while (delta := self._early.pop(self._next, None)) is not None:
            found.append(delta)
            self._next += 1
        self._pieces += found
        return "".join(found)

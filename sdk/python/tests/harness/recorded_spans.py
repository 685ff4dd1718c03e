"""What a program that traces records."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span, format_span_id, format_trace_id

from .raw_client import PATIENCE


class RecordedSpans:
    """Spans that have ended, in that order."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._ended = asyncio.Event()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.provider.add_span_processor(_Waker(self._ended.set))

    @property
    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    async def named(self, name: str) -> ReadableSpan:
        """The first span with this name, once it has ended."""
        await self.reach(lambda spans: any(span.name == name for span in spans))
        return next(span for span in self.all if span.name == name)

    async def reach(self, is_enough: Callable[[list[ReadableSpan]], bool]) -> None:
        async def look() -> None:
            while not is_enough(self.all):
                self._ended.clear()
                await self._ended.wait()

        await asyncio.wait_for(look(), PATIENCE)

    def program(self) -> AbstractContextManager[Span]:
        """A span of the program's own, active within the block."""
        return self.provider.get_tracer("program").start_as_current_span("program", context=Context())


class _Waker(SpanProcessor):
    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake

    def on_end(self, span: ReadableSpan) -> None:
        self._wake()


def trace_id_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context
    return format_trace_id(context.trace_id)


def span_id_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context
    return format_span_id(context.span_id)


def parent_id_of(span: ReadableSpan) -> str | None:
    return None if span.parent is None else format_span_id(span.parent.span_id)

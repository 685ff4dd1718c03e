import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** Spans that have ended, in that order. */
export class RecordedSpans {
  readonly #exporter = new InMemorySpanExporter();
  readonly #whenEnded = new Set<() => void>();
  readonly #provider = new BasicTracerProvider({
    spanProcessors: [
      new SimpleSpanProcessor(this.#exporter),
      {
        onStart: () => undefined,
        onEnd: () => {
          for (const wake of [...this.#whenEnded]) wake();
        },
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });

  install(): void {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(this.#provider);
  }

  async uninstall(): Promise<void> {
    trace.disable();
    context.disable();
    await this.#provider.shutdown();
  }

  forget(): void {
    this.#exporter.reset();
  }

  get all(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** The first span with this name, once it has ended. */
  named(name: string): Promise<ReadableSpan> {
    return new Promise((resolve) => {
      const look = () => {
        const span = this.all.find((one) => one.name === name);
        if (!span) return;
        this.#whenEnded.delete(look);
        resolve(span);
      };
      this.#whenEnded.add(look);
      look();
    });
  }
}

/** Installs a tracer for the tests of the calling file; each test sees its own spans. */
export function useTracer(): RecordedSpans {
  const spans = new RecordedSpans();
  beforeAll(() => spans.install());
  beforeEach(() => spans.forget());
  afterAll(() => spans.uninstall());
  return spans;
}

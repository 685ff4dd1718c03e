import { ProxyTracerProvider, type Tracer, trace } from '@opentelemetry/api';

const scope = '@agentnet/sdk';

/** The tracer of whatever the program has installed; undefined without one, so that untraced programs pay for nothing else. */
export function installedTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  // Asked each time: a program may install its tracer after its agents.
  return provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(scope) : provider.getTracer(scope);
}

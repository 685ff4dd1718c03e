import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ValidationError } from '@agentnet/sdk/transport';

export interface HealthChecks {
  /** Whether the process can still do its work; false asks the supervisor for a restart. */
  alive(): boolean;
  /** What keeps the registry from answering now; empty when it is ready. */
  unready(): Promise<string[]>;
  /** What will go wrong unless somebody sees to it; the registry answers nevertheless. */
  degraded(): string[];
  /** The Prometheus page. */
  metrics(): string;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `GET /healthz`, `/readyz` and `/metrics`.
 *
 * @throws {ValidationError} `invalid_option` when the address cannot be had
 */
export async function serveHealth(
  { host, port }: { host: string; port: number },
  checks: HealthChecks,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET') return answer(response, 405, 'only GET\n');
    if (path === '/healthz') return checks.alive() ? answer(response, 200, 'ok\n') : answer(response, 503, 'dead\n');
    if (path === '/metrics') return answer(response, 200, checks.metrics());
    if (path !== '/readyz') return answer(response, 404, 'GET /healthz, /readyz or /metrics\n');
    checks.unready().then(
      (reasons) => {
        const warnings = checks.degraded().map((reason) => `degraded: ${reason}`);
        const lines = reasons.length === 0 ? ['ready', ...warnings] : [...reasons, ...warnings];
        answer(response, reasons.length === 0 ? 200 : 503, `${lines.join('\n')}\n`);
      },
      () => answer(response, 503, 'check failed\n'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new ValidationError('invalid_option', `http cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
}

import type { JsonObject } from '@agentnet/protocol';
import type { Failure } from '../output/report-failure.js';
import type { Terminal } from '../output/terminal.js';

/** What `agentnet up` tells while it runs; with --json one line each. */
export type NetworkEvent =
  | { event: 'starting'; data_dir: string; pid: number }
  | { event: 'nats'; nats_url: string; pid: number | null }
  | { event: 'registry'; server_id: string; database: 'pglite' | 'postgres' }
  | { event: 'ready'; nats_url: string; data_dir: string; pid: number; ms: number }
  | { event: 'demo'; step: number; title: string; ok: true; ms: number; facts: JsonObject; lines: string[] }
  | { event: 'demo'; step: number; title: string; ok: false; ms: number; error: Failure }
  | { event: 'next'; commands: string[] }
  | { event: 'stopped'; reason: string }
  | { event: 'error'; error: Failure };

export type Announce = (event: NetworkEvent) => void;

/** Announces for programs: every event is one JSON line on standard output. */
export function announceJson(terminal: Terminal): Announce {
  return (event) => {
    const { lines: _forPeople, ...fields } = { lines: [], ...event };
    terminal.printJson(fields);
  };
}

/** Announces for people. Failures are not told here: they go to the error stream, with a remedy. */
export function announceText(terminal: Terminal): Announce {
  return (event) => {
    const text = textOf(event);
    if (text !== undefined) terminal.print(text);
  };
}

function textOf(event: NetworkEvent): string | undefined {
  switch (event.event) {
    case 'starting':
      return `Starting AgentNet in ${event.data_dir}`;
    case 'nats':
      return `  NATS      ${event.nats_url}${event.pid === null ? ' (was running)' : ` (nats-server, process ${event.pid})`}`;
    case 'registry':
      return `  registry  ${event.server_id}, ${event.database === 'pglite' ? 'built-in database' : 'PostgreSQL'}`;
    case 'ready':
      return `Ready after ${event.ms} ms. Agents join at ${event.nats_url}`;
    case 'demo':
      return event.ok ? storyText(event) : failedText(event);
    case 'next':
      return nextText(event.commands);
    case 'stopped':
      return `Stopped: ${event.reason}.`;
    case 'error':
      return undefined;
  }
}

function storyText({ step, title, ms, lines }: { step: number; title: string; ms: number; lines: string[] }): string {
  return [`\n${step}. ${title} (${ms} ms)`, ...lines.map((line) => `   ${line}`)].join('\n');
}

function failedText({ step, title, ms, error }: { step: number; title: string; ms: number; error: Failure }): string {
  return `\n${step}. ${title} FAILED (${ms} ms)\n   [${error.code}] ${error.detail}`;
}

function nextText(commands: readonly string[]): string {
  const lines = commands.map((command) => `   ${command}`);
  return ['\nNow you. In a second terminal:', ...lines, '\nThis network runs until Ctrl-C.'].join('\n');
}

import { nowTimestamp } from '@agentnet/protocol';
import type { Terminal } from '../output/terminal.js';
import { trafficJson } from '../output/traffic-json.js';
import { trafficLine } from '../output/traffic-line.js';
import { safeJsonText } from '../text/sanitize.js';
import type { OverheardFrame, TrafficEvent, UsernameOf } from '../traffic/index.js';

/** How traffic is printed. */
export interface PrintOptions {
  json?: boolean;
  /** Bodies as they passed. */
  raw?: boolean;
  includePayload?: boolean;
}

/** Prints one event a line: for people, as NDJSON, or the body as it passed. */
export function trafficPrinter(
  terminal: Terminal,
  usernameOf: UsernameOf,
  { json = false, raw = false, includePayload = false }: PrintOptions,
): (event: TrafficEvent, frame: OverheardFrame) => void {
  const options = { usernameOf, includePayload };
  if (raw) return (_event, frame) => printRaw(terminal, frame, json);
  if (json) return (event, frame) => terminal.printJson(trafficJson(event, frame, options));
  return (event) => terminal.printLine(trafficLine(event, options));
}

function printRaw(terminal: Terminal, { subject, reply, body, atMs }: OverheardFrame, json: boolean): void {
  const text = new TextDecoder().decode(body);
  if (json) terminal.printJson({ at: nowTimestamp(atMs), subject, reply_subject: reply ?? null, body: text });
  else terminal.print(safeJsonText(text));
}

import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogLevel } from './options.js';

const STDERR = 2;

/** One JSON object per line. URLs must be redacted before they are logged. */
export function makeLogger(level: LogLevel, to: DestinationStream = destination({ dest: STDERR, sync: true })): Logger {
  return pino({ level, name: 'agentnet-registry', timestamp: pino.stdTimeFunctions.isoTime }, to);
}

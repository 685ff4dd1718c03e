import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogLevel } from './options.js';
import { withoutSecrets } from './secrets.js';

const STDERR = 2;

export interface LogOptions {
  readonly level: LogLevel;
  /** Texts that no line may hold, wherever they come from: errors of drivers quote addresses and statements. */
  readonly secrets: readonly string[];
  /** @default standard error */
  readonly to?: DestinationStream;
}

/** One JSON object per line. */
export function makeLogger({ level, secrets, to = destination({ dest: STDERR, sync: true }) }: LogOptions): Logger {
  const streamWrite = (line: string): string => withoutSecrets(line, secrets);
  return pino(
    { level, name: 'agentnet-registry', timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite } },
    to,
  );
}

import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startNats } from '@agentnet/contract-tests/harness/nats-server';
import { secondsOf } from '../call-loads.js';
import { startChatter } from '../chatter.js';
import { measureCalls, only, type Sample, summarise } from '../measure.js';
import { processCpuSeconds } from '../process-cpu.js';
import { watchMemory } from '../process-memory.js';
import type { Comparison, Prepared, Scenario } from '../scenario.js';
import { hasTmux, openTmux, type TmuxTerminal } from '../tmux-terminal.js';

const run = promisify(execFile);
const agentnet = fileURLToPath(new URL('../../../tui/bin/agentnet.mjs', import.meta.url));
const plainWatcher = fileURLToPath(new URL('../plain-watcher.js', import.meta.url));
const messagesPerSecond = 1000;

/** The Watch screen under load in a real terminal, beside a plain program that listens to the same; and how soon the command is there. */
export const tui: Scenario = {
  name: 'tui',
  about: 'Watch under 1,000 messages/s in tmux, beside a plain subscriber; start of the command, beside bare node',
  budgetSeconds: 110,
  async prepare({ natsUrl }, { quick }): Promise<Prepared> {
    const starts = quick ? 1 : 6;
    const startOf = (name: string, ...args: string[]): Comparison => ({
      name,
      kind: 'calls',
      ours: (round) => measureCalls(() => run(process.execPath, [agentnet, ...args]), 1, round.isWarmUp ? 1 : starts),
      raw: (round) => measureCalls(() => run(process.execPath, ['-e', '0']), 1, round.isWarmUp ? 1 : starts),
    });
    const beginnings = [
      startOf('start --help', '--help'),
      startOf('start list', 'list', '--json', '--nats-url', natsUrl),
    ];
    if (!hasTmux() || processCpuSeconds(process.pid) === undefined) {
      console.error('tui: the full screen is skipped, it needs Linux and tmux');
      return { comparisons: beginnings, close: async () => {} };
    }
    const watching = await watchUnderLoad(quick ? 1 : 6);
    return {
      comparisons: [...watching.comparisons, ...beginnings],
      notes: watching.notes,
      close: watching.close,
    };
  },
};

/** Both sides run from the beginning to the end, under the same load; each is looked at in turn. */
async function watchUnderLoad(seconds: number): Promise<Required<Prepared>> {
  const nats = await startNats({ jetStream: false });
  const memory = watchMemory();
  const env = { NATS_URL: nats.url, ...memory.env };
  const open = (program: readonly string[]) =>
    openTmux({ columns: 120, rows: 40, program: [process.execPath, ...program], env });
  const screen = await open([...memory.nodeArguments, agentnet, 'tui', '--observe']);
  const plain = await open([plainWatcher]);
  const chatter = await startChatter(nats.url, messagesPerSecond);
  await screen.until('following');
  memory.begin(screen.pid);
  await pause(fullSeconds(seconds) * 1000);
  await memory.look();
  const notes: string[] = [];
  return {
    comparisons: [
      {
        name: `${messagesPerSecond.toLocaleString('en')} messages/s`,
        kind: 'processor',
        async ours(round) {
          const { sample, note } = await lookAt(screen, chatter.published, secondsOf(round, seconds, false));
          notes.push(note);
          await memory.look();
          return sample;
        },
        raw: async (round) => (await lookAt(plain, chatter.published, secondsOf(round, seconds, false))).sample,
      },
      {
        name: 'key echo under it',
        kind: 'calls',
        async ours(round) {
          const sample = await measureKeys(screen, secondsOf(round, seconds, false));
          await memory.look();
          notes.push(`key echo p50 ${sample.p50.toFixed(1)} ms, p95 ${sample.p95.toFixed(1)} ms`);
          return sample;
        },
        raw: (round) => measureKeys(plain, secondsOf(round, seconds, false)),
      },
    ],
    notes: () => [...notes, memory.note()],
    async close() {
      memory.stop();
      await chatter.stop();
      await screen.close();
      await plain.close();
      await nats.stop();
    },
  };
}

/** After so long everything that is bounded is full: 3,000 conversations come in 12 s. A quick run does not wait for it. */
function fullSeconds(seconds: number): number {
  return seconds < 10 ? 0 : 15;
}

interface ScreenWindow {
  readonly sample: Sample;
  readonly note: string;
}

async function lookAt({ pid, painted }: TmuxTerminal, published: () => number, seconds: number): Promise<ScreenWindow> {
  const before = {
    cpu: processCpuSeconds(pid) ?? 0,
    painted: painted(),
    published: published(),
    at: performance.now(),
  };
  await pause(seconds * 1000);
  const elapsed = (performance.now() - before.at) / 1000;
  const used = (processCpuSeconds(pid) ?? 0) - before.cpu;
  const heard = published() - before.published;
  const share = ((used / elapsed) * 100).toFixed(1);
  const rate = Math.round(heard / elapsed).toLocaleString('en');
  const bytes = Math.round((painted() - before.painted) / elapsed / 1000);
  return {
    sample: only(heard / Math.max(used, 0.01)),
    note: `${share} % of a core at ${rate} messages/s, ${bytes} kB/s painted`,
  };
}

const keysPerSecond = 4;

/** Pauses and follows by turns; each press changes a word on the screen. `perSecond` is how fast one could type. */
async function measureKeys(terminal: TmuxTerminal, seconds: number): Promise<Sample> {
  const pairs = Math.max(1, Math.round((seconds * keysPerSecond) / 2));
  const latencies = new Float64Array(2 * pairs);
  for (const index of latencies.keys()) {
    // At any moment between two paintings, as people press keys.
    await pause((500 + Math.random() * 1000) / keysPerSecond);
    latencies[index] = await terminal.keyEcho('p', index % 2 === 0 ? 'paused' : 'following');
  }
  return summarise(
    latencies,
    latencies.reduce((sum, ms) => sum + ms, 0),
  );
}

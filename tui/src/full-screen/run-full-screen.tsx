import { randomBytes } from 'node:crypto';
import { type Instance, render } from 'ink';
import { App } from '../components/app.js';
import { NetworkEffects } from '../effects/network-effects.js';
import { showsColour } from '../output/paint.js';
import { shownNatsUrl } from '../session/nats-address.js';
import type { NetworkOptions } from '../session/network-options.js';
import { initialState } from '../state/app-state.js';
import type { Effect } from '../state/effect.js';
import { Model } from './model.js';
import { type TerminalOutput, TerminalScreen } from './terminal-screen.js';

/** Between two looks at the clock. */
const tickMs = 500;
/** How long saying goodbye may take before the shell gets its prompt back. */
const closeMs = 1500;

export interface FullScreenOptions {
  network: NetworkOptions;
  environment: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadStream;
  stdout: TerminalOutput;
  isObserver: boolean;
}

/** Shows the full screen until the operator quits or the process is asked to end. The old screen is back when it returns or throws. */
export async function runFullScreen(options: FullScreenOptions): Promise<void> {
  const running = new FullScreen(options);
  await running.run();
}

class FullScreen {
  readonly #options: FullScreenOptions;
  readonly #screen: TerminalScreen;
  readonly #model: Model;
  readonly #effects: NetworkEffects;
  #instance: Instance | undefined;
  #quit: () => void = () => undefined;
  #fail: (cause: unknown) => void = () => undefined;

  constructor(options: FullScreenOptions) {
    const { network, stdin, stdout, environment, isObserver } = options;
    this.#options = options;
    this.#screen = new TerminalScreen(stdout, stdin);
    const { context } = network;
    const initial = initialState({
      size: sizeOf(stdout),
      nowMs: Date.now(),
      server: shownNatsUrl(network.natsUrl),
      seed: randomBytes(4).toString('hex'),
      isObserver,
      ...(context ? { context } : {}),
    });
    this.#model = new Model({ initial, perform: (effect) => this.#perform(effect), now: Date.now });
    this.#effects = new NetworkEffects({
      network,
      environment,
      dispatch: this.#model.dispatch,
      writeToTerminal: (sequence) => void stdout.write(sequence),
      folder: process.cwd(),
    });
  }

  async run(): Promise<void> {
    const { network, stdout } = this.#options;
    const { signal } = network.wait;
    const ended = new Promise<void>((resolve, reject) => {
      this.#quit = resolve;
      this.#fail = reject;
    });
    const onResize = () => this.#model.dispatch({ type: 'resized', size: sizeOf(stdout) });
    const ticking = setInterval(() => this.#model.dispatch({ type: 'tick' }), tickMs);
    const crash = (cause: unknown) => this.#fail(cause);
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
    signal.addEventListener('abort', this.#quit, { once: true });
    stdout.on('resize', onResize);
    try {
      this.#mount();
      this.#effects.run().catch(crash);
      if (signal.aborted) this.#quit();
      await ended;
    } finally {
      clearInterval(ticking);
      stdout.off('resize', onResize);
      signal.removeEventListener('abort', this.#quit);
      this.#unmount();
      process.off('uncaughtException', crash);
      process.off('unhandledRejection', crash);
      await within(closeMs, this.#effects.close());
    }
  }

  #perform(effect: Effect): void {
    if (effect.do === 'quit') this.#quit();
    else if (effect.do === 'suspend') this.#suspend();
    else this.#effects.perform(effect);
  }

  #mount(): void {
    const { stdin, stdout, environment } = this.#options;
    this.#screen.enter();
    this.#instance = render(<App model={this.#model} isColoured={showsColour(stdout, environment)} />, {
      stdin,
      stdout,
      exitOnCtrlC: false,
      patchConsole: false,
      // The model decides how often it paints.
      maxFps: 1000,
    });
    // A component that throws ends the painting; the reason is told when the old screen is back.
    this.#instance.waitUntilExit().catch((cause: unknown) => this.#fail(cause));
  }

  #unmount(): void {
    this.#instance?.unmount();
    this.#instance = undefined;
    this.#screen.leave();
  }

  /** Ctrl+Z: back to the shell, and here again with `fg`. */
  #suspend(): void {
    // Ink is in the middle of handling the key.
    setImmediate(() => {
      this.#unmount();
      process.once('SIGCONT', () => {
        this.#mount();
        this.#model.dispatch({ type: 'resized', size: sizeOf(this.#options.stdout) });
      });
      // The whole job, npx included, as the terminal does it.
      process.kill(0, 'SIGTSTP');
    });
  }
}

function sizeOf({ columns, rows }: NodeJS.WriteStream) {
  return { columns: columns || 80, rows: rows || 24 };
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

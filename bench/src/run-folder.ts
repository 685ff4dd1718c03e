import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The temporary folder of one run of scenarios. By it everything that the run has started is known, too. */
export class RunFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'agentnet-bench-run-'));

  constructor() {
    // PostgreSQL has its data in here, and can be another user's process.
    chmodSync(this.path, 0o711);
  }

  /** What the run has to have in its environment. */
  get env(): Readonly<Record<string, string>> {
    return { TMPDIR: this.path };
  }

  /** Ends what is left of the run, which after one in order is nothing: PostgreSQL and tmux are in no process group of ours. Linux only. */
  [Symbol.dispose](): void {
    const pids = process.platform === 'linux' ? readdirSync('/proc').map(Number).filter(Boolean) : [];
    for (const pid of pids) unlessGone(() => this.#owns(pid) && process.kill(pid, 'SIGKILL'));
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
  }

  #owns(pid: number): boolean {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMPDIR=${this.path}`);
  }
}

/** A process can end while it is looked at, and those of others are not ours to look at. */
function unlessGone(look: () => void): void {
  try {
    look();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) throw cause;
  }
}

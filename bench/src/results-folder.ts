import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figures, formatFigures } from './figures.js';
import { plotScenario } from './plot.js';
import { resultsPage } from './results-page.js';

/** Where a run's page, plots and figures are. */
export class ResultsFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get page(): string {
    return join(this.#folder, 'RESULTS.md');
  }

  get figures(): string {
    return join(this.#folder, 'results', 'latest.json');
  }

  plot(scenario: string): string {
    return join(this.#folder, 'results', `${scenario}.svg`);
  }

  async read(): Promise<Figures> {
    return JSON.parse(await readFile(this.figures, 'utf8')) as Figures;
  }

  /** Everything is drawn from the figures as they are in the file, so that it can be drawn again. */
  async write(figures: Figures): Promise<void> {
    await mkdir(join(this.#folder, 'results'), { recursive: true });
    await writeFile(this.figures, formatFigures(figures));
    const written = await this.read();
    for (const { name, results } of written.scenarios) {
      if (results.length > 0) await writeFile(this.plot(name), plotScenario(name, results));
    }
    await writeFile(this.page, resultsPage(written));
  }
}

// Runs scenarios on one network, in a process of its own: a scenario that hangs or dies takes nothing with it but this. Tells its parent what each showed.
import type { ScenarioFigures } from './figures.js';
import { measureScenario } from './measure-scenario.js';
import { startNetwork } from './network.js';
import type { Prepared } from './scenario.js';
import type { ScenariosOrder } from './scenario-runner.js';
import { scenarios } from './scenarios/index.js';

const { names, quick, repetitions } = JSON.parse(process.argv[2] ?? '') as ScenariosOrder;
let running: Prepared | undefined;
const network = await startNetwork();
process.once('SIGTERM', giveUp);
process.once('disconnect', giveUp);
for (const name of names) {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  const onPrepared = (prepared: Prepared): void => {
    running = prepared;
  };
  await tell(await measureScenario(scenario, network, { quick, repetitions, onPrepared }));
  running = undefined;
}
await network.stop();
process.exit(0);

function tell(figures: ScenarioFigures): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(figures, undefined, undefined, (failure) => (failure ? reject(failure) : resolve()));
  });
}

/** Leaves no process behind, as far as that can be done in the middle of something. */
async function giveUp(): Promise<void> {
  await running?.close().catch(console.error);
  await network.stop().catch(console.error);
  process.exit(1);
}

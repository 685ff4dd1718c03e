import type { Scenario } from '../scenario.js';
import { ask } from './ask.js';
import { askSigned } from './ask-signed.js';
import { blobs } from './blobs.js';
import { fanOut } from './fan-out.js';
import { history } from './history.js';
import { memory } from './memory.js';
import { presence } from './presence.js';
import { python } from './python.js';
import { query } from './query.js';
import { recovery } from './recovery.js';
import { register } from './register.js';
import { registry } from './registry.js';
import { send } from './send.js';
import { slowConsumer } from './slow-consumer.js';
import { stream } from './stream.js';
import { tui } from './tui.js';

/** Every scenario, in the order of the run and of the results. */
export const scenarios: readonly Scenario[] = [
  ask,
  askSigned,
  python,
  send,
  stream,
  fanOut,
  registry,
  register,
  presence,
  history,
  query,
  blobs,
  recovery,
  memory,
  slowConsumer,
  tui,
];

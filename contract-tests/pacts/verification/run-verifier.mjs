// Runs Pact's verifier in a process of its own, whose pages of output are shown only when it fails. What states and messages are,
// its parent knows: each question goes there and waits for the answer.
import { Verifier } from '@pact-foundation/pact';

const [provider, file, names] = process.argv.slice(2);
const { descriptions, states } = JSON.parse(names);
const waiting = new Map();
process.on('message', ({ id, message }) => {
  waiting.get(id)?.(message);
  waiting.delete(id);
});

function askParent(question) {
  return new Promise((resolve) => {
    const id = waiting.size === 0 ? 0 : Math.max(...waiting.keys()) + 1;
    waiting.set(id, resolve);
    process.send({ id, ...question });
  });
}

const entries = (list, handlerOf) => Object.fromEntries(list.map((name) => [name, handlerOf(name)]));
try {
  await new Verifier({
    provider,
    pactUrls: [file],
    logLevel: 'error',
    messageProviders: entries(descriptions, (description) => () => askParent({ produce: description })),
    stateHandlers: entries(states, (state) => ({
      setup: async (parameters) => {
        await askParent({ state, parameters: parameters ?? {} });
      },
    })),
  }).verifyProvider();
  process.exit(0);
} catch {
  process.exit(1);
}

import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask, register, type Session } from './asking.js';
import { leave } from './discovery.js';

const walked = registryScenario(
  {
    id: 'discovery.walk',
    title: 'given accounts that come and go between two pages, when the walk goes on, then it returns each once',
    cases: [],
    rules: ['discovery.search.walk'],
  },
  async (stage) => {
    const { judge } = stage;
    const word = stage.name('walk');
    const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${word}_${letter}`);
    const sessions: Session[] = [];
    for (const agent_id of names) sessions.push(await register(stage, 'discovery.search.walk', { agent_id }));
    const [online, ...others] = sessions.reverse() as [Session, ...Session[]];
    for (const session of others) await leave(stage, session);
    const page = async (cursor?: string) => {
      const asked = { query: word, limit: 2, ...(cursor && { cursor, strict_cursor: true }) };
      const { results, next_cursor } = await ask(stage, 'discovery.search.walk', ['search', asked]);
      returned.push(...results.map(({ username }) => username));
      return next_cursor ?? undefined;
    };
    const returned: string[] = [];
    let cursor = await page();
    await leave(stage, online);
    await register(stage, 'discovery.search.walk', { agent_id: `${word}_d` });
    while (cursor && returned.length < 20) cursor = await page(cursor);
    judge.equal('discovery.search.walk', returned.sort(), names, 'every account once');
  },
);

/** Search while presence changes. */
export const searchWalkScenarios: readonly Scenario[] = [walked];

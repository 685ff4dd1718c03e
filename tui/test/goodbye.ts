import { type Goodbye, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { onTestFinished } from 'vitest';

/** Hears who says goodbye from now on. */
export async function hearGoodbyes(natsUrl: string): Promise<{ of(sessionTag: string): Promise<Goodbye> }> {
  const connection = await connect({ url: natsUrl });
  onTestFinished(() => connection.close());
  const goodbyes = connection.subscribe(subjects.registryGoodbye);
  await connection.flush();
  return {
    async of(sessionTag) {
      for await (const said of goodbyes) {
        const goodbye = said.json<Goodbye>();
        if (goodbye.session_tag === sessionTag) return goodbye;
      }
      throw new Error('the connection ended without this goodbye');
    },
  };
}

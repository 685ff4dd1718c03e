// The raw side of `tui`: listens to the same subjects, counts, and answers a key with a word. Run in a terminal.
import { subjectPatterns } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';

const connection = await connect({ url: process.env['NATS_URL'] ?? '', name: 'agentnet-bench-plain-watcher' });
let heard = 0;
for (const subject of [
  subjectPatterns.accountInbox,
  subjectPatterns.capability,
  subjectPatterns.accountReceipts,
  subjectPatterns.plainInbox,
]) {
  connection.subscribe(subject, { callback: () => void heard++ });
}
await connection.flush();
let isPaused = false;
process.stdin.setRawMode(true);
process.stdin.on('data', () => {
  isPaused = !isPaused;
  process.stdout.write(`${isPaused ? 'paused' : 'following'} ${heard}\r\n`);
});
process.stdout.write('listening\r\n');

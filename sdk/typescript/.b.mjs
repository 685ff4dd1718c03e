import { AgentNode } from '@agentnet/sdk';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import { serveRegistry, Refusal } from '@agentnet/protocol';
const url = process.argv[2];
const nc = await connect({ url });
const un = async () => { throw new Refusal('internal_error'); };
let n = 0;
serveRegistry(natsTransport(nc), { register: async (r) => ({ account_id: `acct_${r.agent_id}`, username: r.agent_id, session_tag: `registry_${++n}`, heartbeat_interval: 12, ttl_seconds: 40, registered_at: new Date().toISOString() }), resolveAccount: un, profile: un, search: un, list: un, resolveKey: un, threadStatus: un, threadList: un, threadMessages: un, messageSearch: un, metrics: un, hello: async () => {}, goodbye: async () => {} });
await nc.flush();
const b = new AgentNode({ agentId: 'b', natsUrl: url, inbox: { rateLimitPerSecond: Infinity, maxPending: 10000 } });
b.onMessage((m, { reply }) => m.reply_to ? reply(m.payload) : undefined);
const a = new AgentNode({ agentId: 'a', natsUrl: url });
await b.start(); await a.start();
const rs = await connect({ url }), rc = await connect({ url });
rs.subscribe('raw', { callback: (_, m) => m.respond(m.data) });
await rs.flush();
const body = new TextEncoder().encode(JSON.stringify({ text: 'yo' }));
const fs = { raw: () => rc.request('raw', body, { timeout: 5000 }), ask: () => a.request({ to: 'acct_b', payload: { text: 'yo' } }), send: () => a.send({ to: 'acct_b', payload: { text: 'yo' } }) };
async function lat(f, count) { const t = []; for (let i = 0; i < count; i++) { const s = performance.now(); await f(); t.push(performance.now() - s); } t.sort((x, y) => x - y); return [t[count >> 2], t[count >> 1]]; }
for (const f of Object.values(fs)) await lat(f, 3000);
for (let r = 0; r < 2; r++) for (const [k, f] of Object.entries(fs)) { const c = process.cpuUsage(); const l = await lat(f, 3000); const d = process.cpuUsage(c); console.log(k, 'p25/p50', l.map((x) => x.toFixed(3)).join('/'), 'cpu µs/op', Math.round((d.user + d.system) / 3000)); }
for (const [k, f] of Object.entries(fs)) { const c = process.cpuUsage(); const s = performance.now(); let left = 20000; await Promise.all(Array.from({ length: 64 }, async () => { while (left-- > 0) await f(); })); const d = process.cpuUsage(c); console.log(k, '64 in flight', Math.round(20000 / (performance.now() - s) * 1000), '/s cpu µs/op', Math.round((d.user + d.system) / 20000)); }
await a.close(); await b.close(); await Promise.all([nc, rs, rc].map((c) => c.close()));

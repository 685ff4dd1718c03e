/** The network the examples join: NATS_URL, else the one that `npm start` brings up. */
export const natsUrl = process.env.NATS_URL ?? 'nats://agentnet_secret_token@127.0.0.1:4222';

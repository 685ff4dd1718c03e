/**
 * The client behind a reply subject. A NATS client answers all its requests under one inbox and changes the last token only. A
 * subject without such a token, which other clients make anew for each request, names nobody.
 *
 * Whoever holds the NATS credentials can choose any reply subject: an invented one shares the limit of the unknown, and another
 * client's spends that client's calls, which only NATS permissions prevent.
 */
export function clientOf(reply: string): string | undefined {
  const [prefix, inbox] = reply.split('.', 3);
  const end = reply.lastIndexOf('.');
  if (prefix === undefined || inbox === undefined || end <= prefix.length + inbox.length) return undefined;
  return reply.slice(0, end);
}

import { type Profile, type ProfileSession, ProtocolError } from '@agentnet/protocol';
import { Command } from 'commander';
import { renderFacts } from '../output/facts.js';
import { shortInstant, shortInstantWidth } from '../output/short-instant.js';
import { withSpinner } from '../output/spinner.js';
import { type Column, renderTable } from '../output/table.js';
import { safeJson } from '../text/sanitize.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

interface ProfileFlags extends NetworkFlags {
  username?: string;
  accountId?: string;
}

const sessionColumns: Column<ProfileSession>[] = [
  { title: 'SESSION', cell: ({ session_tag }) => session_tag, isCopied: true },
  { title: 'AGENT', cell: ({ agent_id }) => agent_id },
  {
    title: 'CONNECTED',
    cell: ({ connected_at }) => connected_at,
    short: ({ connected_at }) => shortInstant(connected_at),
    leastWidth: shortInstantWidth,
  },
  {
    title: 'LAST SEEN',
    cell: ({ last_seen }) => last_seen,
    short: ({ last_seen }) => shortInstant(last_seen),
    leastWidth: shortInstantWidth,
  },
];

export function profileCommand(context: CliContext): Command {
  const command = new Command('profile')
    .description('Shows one account and its online sessions.')
    .option('--username <name>', 'the account with this username')
    .option('--account-id <id>', 'the account with this id')
    .addHelpText(
      'after',
      '\nExamples:\n  agentnet profile --username weather_bot\n  agentnet profile --account-id acct_01... --json',
    )
    .action(async ({ username, accountId, ...flags }: ProfileFlags) => {
      const targets = [username && `username:${username}`, accountId && `account:${accountId}`].filter(Boolean);
      const [target] = targets;
      if (!target || targets.length > 1) {
        throw new ProtocolError('invalid_option', 'give one of --username and --account-id');
      }
      const { natsUrl, wait } = resolveNetworkOptions(flags, context);
      const { getProfile } = await import('@agentnet/sdk');
      const profile = await withSpinner(context.terminal, 'Asking the registry', () =>
        getProfile(natsUrl, target, wait),
      );
      if (flags.json) context.terminal.printJson({ profile });
      else context.terminal.print(profileText(profile, context.terminal.columns));
    });
  return addNetworkOptions(command);
}

function profileText(profile: Profile, columns?: number): string {
  const facts = renderFacts({
    username: `@${profile.username}`,
    name: profile.display_name,
    account: profile.account_id,
    online: profile.online ? 'yes' : 'no',
    capabilities: profile.capabilities.join(', ') || 'none',
    metadata: safeJson(profile.metadata),
    since: profile.created_at,
  });
  if (profile.online_sessions.length === 0) return facts;
  return `${facts}\n\n${renderTable(sessionColumns, profile.online_sessions, columns)}`;
}

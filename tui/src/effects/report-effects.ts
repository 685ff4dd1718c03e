import { getRegistryMetrics } from '@agentnet/sdk';
import { examine } from '../doctor/examine.js';
import { parseFilter } from '../filter/index.js';
import { contextsText, shownContexts } from '../output/contexts-text.js';
import { findingLines } from '../output/finding-lines.js';
import { messageColumns } from '../output/message-table.js';
import { metricsText } from '../output/metrics-text.js';
import { failureOf, failureText } from '../output/report-failure.js';
import { renderTable } from '../output/table.js';
import { readContexts } from '../session/contexts.js';
import { shownNatsUrl } from '../session/nats-address.js';
import type { NetworkOptions } from '../session/network-options.js';
import { searchHistory } from '../session/search-history.js';
import type { Effect } from '../state/effect.js';
import type { ReportAction } from '../state/report.js';
import { sanitizeLine } from '../text/sanitize.js';

/** Messages of one page. */
const pageSize = 50;

type ReportEffect = Extract<Effect, { do: 'report' }>;

export interface ReportSources {
  network: NetworkOptions;
  environment: NodeJS.ProcessEnv;
  usernameOf: (accountId: string) => string | undefined;
}

/** Answers a word of the command line with the text that the command prints. Nothing is thrown. */
export async function report(effect: ReportEffect, sources: ReportSources): Promise<ReportAction> {
  const { question } = effect;
  try {
    const { text, cursor } = await answer(effect, sources);
    const lines = text.split('\n').map(sanitizeLine);
    return { type: 'reported', question, lines, ...(cursor ? { cursor } : {}) };
  } catch (cause) {
    return { type: 'reportFailed', question, error: sanitizeLine(failureText(failureOf(cause))) };
  }
}

async function answer(
  { question, columns, cursor }: ReportEffect,
  { network, environment, usernameOf }: ReportSources,
): Promise<{ text: string; cursor?: string | null }> {
  switch (question.about) {
    case 'doctor':
      return { text: doctorText(await examine(network)) };
    case 'metrics':
      return { text: metricsText(await getRegistryMetrics(network.natsUrl, network.wait), columns) };
    case 'contexts': {
      const used = network.context ? `context ${network.context.name}` : 'no context';
      const here = `In use here: ${used}, ${shownNatsUrl(network.natsUrl)}`;
      return { text: `${contextsText(shownContexts(readContexts(environment)), columns)}\n\n${here}` };
    }
    case 'message-search': {
      const query = cursor === undefined ? {} : { cursor };
      const page = await searchHistory(network, { filter: parseFilter(question.filter), query, limit: pageSize });
      if (page.messages.length > 0)
        return { text: renderTable(messageColumns(usernameOf), page.messages, columns), cursor: page.next_cursor };
      return { text: cursor === undefined ? 'No message matches.' : 'That was all.', cursor: page.next_cursor };
    }
  }
}

function doctorText(findings: Parameters<typeof findingLines>[0]): string {
  return findingLines(findings)
    .map((pieces) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join(''))
    .join('\n');
}

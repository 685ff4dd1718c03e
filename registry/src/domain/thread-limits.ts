import type { RegistryConfig } from '../options.js';
import { effectiveTokenLimits, type TokenLimits } from './thread-accounting.js';

export interface ThreadLimits extends TokenLimits {
  readonly keepTail: number;
  readonly charsPerToken: number;
}

/** The limits one reply about threads is made with. */
export function threadLimits(
  config: RegistryConfig,
  asked: { soft_limit_tokens?: number | null; hard_limit_tokens?: number | null },
): ThreadLimits {
  const own = { soft: config.threadSoftLimitTokens, hard: config.threadHardLimitTokens };
  return {
    ...effectiveTokenLimits(asked, own),
    keepTail: config.threadKeepTailMessages,
    charsPerToken: config.tokenEstimateCharsPerToken,
  };
}

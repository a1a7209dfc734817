import { suggestThreshold, type ThresholdSuggestion } from '@spanforge/policy-rollout';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { type OpenPolicy, type PolicyArguments, withPolicy } from './with-policy.js';
import { withEvidence } from './with-workspace.js';

/** Options of `spanforge policy suggest-threshold`. */
export interface SuggestThresholdArguments extends PolicyArguments {
  readonly goal: 'false_positive_rate' | 'miss_rate';
  readonly atMost: string;
  readonly confidence?: string;
  readonly flags: 'above' | 'below';
}

function share(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new CliError('CLI_USAGE', `${option}: expected a share between 0 and 1`);
}

function textOf(suggestion: ThresholdSuggestion): string {
  if (suggestion.kind !== 'threshold') return suggestion.reason;
  const { threshold, goal, atMost, confidence, labels, method } = suggestion;
  return [
    `threshold ${threshold}`,
    `${goal} at most ${atMost} with confidence ${confidence}, from ${labels} labels (${method})`,
  ].join('\n');
}

/**
 * `spanforge policy suggest-threshold`: suggests a threshold with its bound, or says what is
 * missing for one.
 */
export function policySuggestThreshold(
  io: CommandIo,
  options: SuggestThresholdArguments,
  ruleId: string,
): Promise<CommandResult> {
  const { goal, flags, confidence } = options;
  const asked = {
    goal,
    flags,
    atMost: share('--at-most', options.atMost),
    ...(confidence === undefined ? {} : { confidence: share('--confidence', confidence) }),
  };
  const suggest = async ({ policy, environment }: OpenPolicy): Promise<CommandResult> => {
    const observations = await policy.labels.labelledObservations({ environment, ruleId });
    const suggestion = suggestThreshold(observations, asked);
    return {
      exitCode: suggestion.kind === 'threshold' ? EXIT.ok : EXIT.incomplete,
      text: textOf(suggestion),
      json: { rule_id: ruleId, environment, ...(toWire(suggestion) as object) },
    };
  };
  return withPolicy(io, options, suggest, withEvidence);
}

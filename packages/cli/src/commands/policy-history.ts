import type { LifecycleEntry } from '@spanforge/policy';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { type OpenPolicy, type PolicyArguments, withPolicy } from './with-policy.js';
import { withEvidence } from './with-workspace.js';

const COLUMNS = ['time', 'step', 'stage', 'bundle', 'by', 'why'].map((title) => ({ title }));

const rowOf = (entry: LifecycleEntry): readonly string[] => [
  entry.time,
  entry.outcome === 'refused' ? `refused ${entry.attempt ?? ''}` : entry.step,
  entry.stage,
  `${entry.policyId ?? ''} ${entry.version ?? ''}`,
  entry.actor,
  entry.reason ?? '',
];

/**
 * `spanforge policy history`: the recorded lifecycle steps of an environment, refused ones
 * included.
 */
export function policyHistory(io: CommandIo, options: PolicyArguments): Promise<CommandResult> {
  const { application } = options;
  const own = application === undefined ? '' : ` of ${application}`;
  const list = async ({ policy, environment }: OpenPolicy): Promise<CommandResult> => {
    const entries: LifecycleEntry[] = [];
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page = await policy.lifecycle.history(environment, { cursor, limit: 1000 });
      entries.push(...page.entries);
      cursor = page.next;
    }
    return {
      exitCode: entries.length === 0 ? EXIT.incomplete : EXIT.ok,
      text:
        entries.length === 0
          ? `nothing on record for ${environment}${own}`
          : formatTable(COLUMNS, entries.map(rowOf)),
      json: {
        environment,
        ...(application === undefined ? {} : { application }),
        entries: toWire(entries),
      },
    };
  };
  return withPolicy(io, options, list, withEvidence);
}

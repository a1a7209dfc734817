import type { EvidenceRecord } from '@spanforge/core-events';
import { readRecords } from '@spanforge/core-events';
import { auditTombstoneV1 } from '@spanforge/core-events/records';
import { rederiveLog, visible } from '@spanforge/operator';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import type { Workspace } from '../workspace/workspace.js';
import { createPolicyRederiver } from './policy-rederiver.js';
import { withEvidence } from './with-workspace.js';

interface RederiveArguments extends StateOption {
  readonly tenant?: string;
  readonly trace?: string;
}

/** Whether a subject was erased: its pseudonym has a tombstone, and its key has changed since. */
export async function erasedSubjects({ log, vault }: Workspace) {
  if (vault === undefined) return {};
  const keys = new Map<string, ReadonlySet<string>>();
  for (const { body } of await readRecords(log, { types: [auditTombstoneV1.key] })) {
    const { holder, keyId } = auditTombstoneV1.fromWire(body);
    if (keyId !== undefined) keys.set(holder, new Set([...(keys.get(holder) ?? []), keyId]));
  }
  return {
    wasErased: async ({ context }: EvidenceRecord): Promise<boolean> => {
      const subject = { tenant: context.tenant, subject: context.actor };
      return keys.has((await vault.keyOf(subject)).holder);
    },
  };
}

/**
 * `spanforge audit rederive`: checks which decisions of the log still follow from their policies.
 */
function auditRederive(io: CommandIo, options: RederiveArguments): Promise<CommandResult> {
  return withEvidence(io, options.state, async (workspace) => {
    const { tenant, trace } = options;
    const report = await rederiveLog(workspace.log, {
      rederive: createPolicyRederiver(),
      query: {
        ...(tenant === undefined ? {} : { tenant }),
        ...(trace === undefined ? {} : { traceId: trace }),
      },
      ...(await erasedSubjects(workspace)),
    });
    const { same, different, notRederivable: lost, decisions } = report;
    const gone = lost.erased + lost.pruned + lost.missing;
    const text = [
      `same             ${same}`,
      `different        ${different}`,
      `not rederivable  ${gone} (erased ${lost.erased}, pruned ${lost.pruned}, missing ${lost.missing})`,
      ...decisions.map(({ index, traceId, status, parts, loss }) => {
        const why = loss === undefined ? parts.join(', ') : `${loss}: ${parts.join(', ')}`;
        return `  record ${index} of ${visible(traceId)}: ${status.replace('_', ' ')}, ${why}`;
      }),
    ].join('\n');
    const exitCode = different > 0 ? EXIT.failed : lost.missing > 0 ? EXIT.incomplete : EXIT.ok;
    return { exitCode, text, json: toWire(report) };
  });
}

/** `audit rederive`. */
export function addRederiveCommand(audit: Command, act: Act): void {
  addStateCommand(
    audit,
    'rederive',
    'make every decision of the log again with the policy it names, and compare',
  )
    .option('--tenant <name>', 'only decisions of this tenant')
    .option('--trace <id>', 'only decisions of this trace')
    .action(act(auditRederive));
}

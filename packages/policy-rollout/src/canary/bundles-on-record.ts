import {
  type EvidenceContext,
  type EvidenceReader,
  eachRecord,
  type RecordDraft,
} from '@spanforge/core-events';
import { policyLifecycleV1 } from '@spanforge/core-events/records';
import type { PolicyBundle } from '@spanforge/policy';
import { lifecycleDrafts } from '@spanforge/policy/internal';
import type { CheckedCanaryConfig } from './config.js';

/** Digests of the bundles that a log carries as a whole. */
async function digestsOnRecord(reader: EvidenceReader): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for await (const { body } of eachRecord(reader, { types: [policyLifecycleV1.key] })) {
    const { digest, bundle, part } = policyLifecycleV1.fromWire(body);
    const isLast = part === undefined || part.number === part.of;
    if (digest !== undefined && bundle !== undefined && isLast) digests.add(digest);
  }
  return digests;
}

/**
 * The records that put the bundles of a canary on record which are not there yet: what they decide can be made again
 * only with them. An arm that is a decider of its own records its bundle itself.
 *
 * @throws {EventsError} of the reader.
 */
export async function loadedDrafts(
  { arms }: Pick<CheckedCanaryConfig, 'arms'>,
  reader: EvidenceReader,
  context: EvidenceContext,
): Promise<readonly RecordDraft[]> {
  const bundles = [arms.baseline, arms.candidate].flatMap(({ bundle }): readonly PolicyBundle[] =>
    bundle ? [bundle] : [],
  );
  if (bundles.length === 0) return [];
  const known = await digestsOnRecord(reader);
  return bundles
    .filter(({ digest }) => !known.has(digest))
    .flatMap((bundle) => lifecycleDrafts('loaded', bundle, context, { carry: true }));
}

import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { readYaml, YamlError } from '@spanforge/yaml';
import { z } from 'zod';
import { SFGateSchemaError } from '../error.js';
import type { GateFinding } from '../model/finding.js';
import type { SuppressionBook } from '../model/suppressions.js';

const file = z.strictObject({
  suppressions: z
    .array(
      z.strictObject({
        fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
        reason: z.string().min(1).max(1024),
        owner: z.string().min(1).max(256),
        /** The last day on which it applies, UTC. */
        expires: z.iso.date('expected a date such as 2027-01-31'),
        /** How often the same finding may occur; default 1. */
        count: z.number().int().min(1).max(10_000).default(1),
      }),
    )
    .max(2000),
});

/** One finding that somebody accepts until a given day. */
export type Suppression = z.infer<typeof file>['suppressions'][number];

/** The fingerprint that a suppression names: rule and content, independent of commit and line. */
export function fingerprintOf(rule: string, content: string): string {
  const normalised = content.normalize('NFC').replace(/\s+/g, ' ').trim();
  return toHex(sha256(utf8(JSON.stringify([rule, normalised]))));
}

/** A book without entries. */
export function emptyBook(): SuppressionBook {
  return createBook([], 0);
}

/** @param nowMs Epoch milliseconds; an entry applies until the end of its last day. */
export function createBook(
  entries: readonly Suppression[],
  nowMs: number,
  digest?: string,
): SuppressionBook {
  const used = new Map<string, number>();
  const live = new Map<string, Suppression>();
  const expired: string[] = [];
  for (const entry of entries) {
    if (Date.parse(entry.expires) + 86_400_000 <= nowMs) expired.push(entry.fingerprint);
    else live.set(entry.fingerprint, entry);
  }
  const cover = (finding: GateFinding): GateFinding => {
    const entry = live.get(finding.fingerprint);
    const before = used.get(finding.fingerprint) ?? 0;
    if (entry === undefined || before >= entry.count) return finding;
    used.set(finding.fingerprint, before + 1);
    return { ...finding, suppressed: true };
  };
  return {
    size: entries.length,
    apply: (findings) => findings.map(cover),
    uses: () =>
      [...live.values()]
        .filter(({ fingerprint }) => used.has(fingerprint))
        .map(({ fingerprint, owner, reason, expires }) => {
          return { fingerprint, owner, reason, expires, used: used.get(fingerprint) ?? 0 };
        }),
    faults: () => ({
      expired,
      unmatched: [...live.keys()].filter((fingerprint) => !used.has(fingerprint)),
    }),
    ...(digest === undefined ? {} : { sha256: digest }),
  };
}

/**
 * Reads the suppression file.
 *
 * @throws {SFGateSchemaError} when it is invalid, also when a fingerprint occurs twice.
 */
export function readSuppressions(text: string, source: string, nowMs: number): SuppressionBook {
  let value: unknown;
  try {
    ({ value } = readYaml(text, { maxBytes: 4 * 1024 * 1024, maxEntries: 4000 }));
  } catch (error) {
    if (!YamlError.is(error)) throw error;
    throw new SFGateSchemaError(`${source}: ${error.message}`, [
      { path: '$', message: error.message },
    ]);
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      return { path: ['$', ...path.map(String)].join('.'), message };
    });
    const [first] = problems;
    throw new SFGateSchemaError(`${source}: ${first?.path}: ${first?.message}`, problems);
  }
  const { suppressions } = parsed.data;
  if (new Set(suppressions.map(({ fingerprint }) => fingerprint)).size < suppressions.length) {
    const problem = { path: '$.suppressions', message: 'a fingerprint comes twice' };
    throw new SFGateSchemaError(`${source}: ${problem.message}`, [problem]);
  }
  return createBook(suppressions, nowMs, toHex(sha256(utf8(text))));
}

import {
  createFrontier,
  fromUtf8,
  openDisclosure,
  parseCheckpoint,
  toHex,
} from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import type { StoreInspection } from './store.js';
import type { EvidenceLog } from './types.js';

/** One thing wrong with a log. */
export interface FsckFinding {
  /** `error`: evidence was changed or lost. `warning`: a hole that nothing explains. */
  readonly severity: 'error' | 'warning';
  readonly code:
    | 'leaf_mismatch'
    | 'not_a_record'
    | 'hmac_missing'
    | 'hmac_mismatch'
    | 'index_mismatch'
    | 'records_missing'
    | 'checkpoint_mismatch'
    | 'checkpoint_beyond_log'
    | 'mark_mismatch'
    | 'disclosure_mismatch'
    | 'writer_hole'
    | 'writer_duplicate'
    | 'store_structure';
  readonly index?: number;
  readonly message: string;
}

/** The result of examining a whole log. */
export interface FsckReport {
  readonly size: number;
  /** RFC 6962 root over all records, hex. */
  readonly root: string;
  readonly checkpoints: number;
  readonly findings: readonly FsckFinding[];
}

/** What is examined, and how one is told of the progress. */
export interface FsckOptions {
  readonly log: EvidenceLog;
  /** The signer's mark, which no store can change. */
  readonly mark?: HighWaterMarkKeeper;
  readonly onProgress?: (done: number, total: number) => void;
}

interface WriterCount {
  readonly seen: Set<number>;
  highest: number;
}

const CHUNK = 512;

function countWriter(
  writers: Map<string, WriterCount>,
  record: EvidenceRecord,
): FsckFinding | undefined {
  const { id, boot, n } = record.writer;
  const key = `${id}\n${boot}`;
  const count = writers.get(key) ?? { seen: new Set(), highest: -1 };
  writers.set(key, count);
  if (count.seen.has(n)) {
    return {
      severity: 'error',
      code: 'writer_duplicate',
      index: record.index,
      message: `number ${n} of ${boot} appears twice`,
    };
  }
  count.seen.add(n);
  count.highest = Math.max(count.highest, n);
  return undefined;
}

function explainGap(writers: Map<string, WriterCount>, record: EvidenceRecord): void {
  if (record.type !== auditGapV1.key) return;
  const { writerId, boot, fromN, toN } = auditGapV1.fromWire(record.body);
  const count = writers.get(`${writerId}\n${boot}`) ?? { seen: new Set(), highest: -1 };
  writers.set(`${writerId}\n${boot}`, count);
  for (let n = fromN; n <= toN && n - fromN < 1_000_000; n += 1) count.seen.add(n);
}

function* holes(writers: Map<string, WriterCount>): Generator<FsckFinding> {
  for (const [key, { seen, highest }] of writers) {
    for (let n = 0; n <= highest; n += 1) {
      if (seen.has(n)) continue;
      const boot = key.slice(key.indexOf('\n') + 1);
      yield {
        severity: 'warning',
        code: 'writer_hole',
        message: `number ${n} of ${boot} is missing and unexplained`,
      };
    }
  }
}

async function checkDisclosures(
  log: EvidenceLog,
  record: EvidenceRecord,
): Promise<readonly FsckFinding[]> {
  const committed = new Set(Object.values((record.body.values ?? {}) as Record<string, unknown>));
  if (committed.size === 0) return [];
  const findings: FsckFinding[] = [];
  for (const disclosure of await log.disclosures(record.index)) {
    let message: string | undefined;
    try {
      const opened = openDisclosure(disclosure.encoded);
      const named = (record.body.values as Record<string, unknown>)[opened.name];
      if (opened.digest !== disclosure.digest || named !== opened.digest) {
        message = `the disclosure of ${JSON.stringify(opened.name)} is not what the record commits to`;
      }
    } catch {
      message = 'a disclosure cannot be read';
    }
    if (message)
      findings.push({
        severity: 'error',
        code: 'disclosure_mismatch',
        index: record.index,
        message,
      });
  }
  return findings;
}

/** Roots that released checkpoints claim, by size. */
async function claimedRoots(log: EvidenceLog): Promise<Map<number, string>> {
  const claims = new Map<number, string>();
  for (const key of await log.store.listDerived('checkpoint/')) {
    if (key === 'checkpoint/latest') continue;
    const note = await log.store.getDerived(key);
    if (!note) continue;
    const text = fromUtf8(note);
    const { size, root } = parseCheckpoint(text.slice(0, text.indexOf('\n\n') + 1));
    claims.set(size, toHex(root));
  }
  return claims;
}

/**
 * Reads a whole log and checks everything that can be checked without the signer: bytes against
 * leaves and HMACs, roots against every released checkpoint and the mark, writer numbers,
 * disclosures, and the store's own structures. Changes nothing.
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const { log, onProgress } = options;
  const findings: FsckFinding[] = [];
  const total = await log.size();
  const frontier = createFrontier();
  const writers = new Map<string, WriterCount>();
  const gaps: EvidenceRecord[] = [];
  const claims = await claimedRoots(log);
  const checkpoints = claims.size;
  const kept = await options.mark?.load();
  const expect = (size: number, root: string | undefined, code: FsckFinding['code']): void => {
    if (root === undefined || root === toHex(frontier.root())) return;
    findings.push({
      severity: 'error',
      code,
      index: size,
      message: `the root at size ${size} is not the one that was signed`,
    });
  };
  const visitSize = (): void => {
    expect(frontier.size, claims.get(frontier.size), 'checkpoint_mismatch');
    claims.delete(frontier.size);
    if (kept && kept.size === frontier.size) expect(frontier.size, kept.root, 'mark_mismatch');
  };
  visitSize();
  while (frontier.size < total) {
    const stored = await log.store.read(frontier.size, Math.min(CHUNK, total - frontier.size));
    if (stored.length === 0) {
      findings.push({
        severity: 'error',
        code: 'records_missing',
        index: frontier.size,
        message: 'records are missing',
      });
      break;
    }
    for (const one of stored) {
      if (one.index !== frontier.size) {
        findings.push({
          severity: 'error',
          code: 'index_mismatch',
          index: frontier.size,
          message: 'indexes are not contiguous',
        });
      }
      const decoded = log.decode(one);
      if (decoded.ok) {
        const duplicate = countWriter(writers, decoded.record);
        if (duplicate) findings.push(duplicate);
        if (decoded.record.type === auditGapV1.key) gaps.push(decoded.record);
        findings.push(...(await checkDisclosures(log, decoded.record)));
      } else {
        findings.push({
          severity: 'error',
          code: decoded.fault,
          index: decoded.index,
          message: `record ${decoded.index}: ${decoded.fault}`,
        });
      }
      frontier.append(one.leaf);
      visitSize();
    }
    onProgress?.(frontier.size, total);
  }
  for (const record of gaps) explainGap(writers, record);
  findings.push(...holes(writers));
  for (const size of claims.keys()) {
    findings.push({
      severity: 'error',
      code: 'checkpoint_beyond_log',
      index: size,
      message: `a checkpoint of size ${size} was signed; the log has ${total} records`,
    });
  }
  if (kept && kept.size > total) {
    findings.push({
      severity: 'error',
      code: 'checkpoint_beyond_log',
      index: kept.size,
      message: `the signer has signed size ${kept.size}; the log has ${total} records`,
    });
  }
  const inspection = log.store as Partial<StoreInspection>;
  for (const message of (await inspection.inspect?.()) ?? []) {
    findings.push({ severity: 'error', code: 'store_structure', message });
  }
  return { size: total, root: toHex(frontier.root()), checkpoints, findings };
}

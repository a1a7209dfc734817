import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { runEngines } from '../engines/run-engines.js';
import { GateError } from '../error.js';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { walkFiles } from '../files/walk.js';
import type { GateFinding } from '../model/finding.js';
import { firstPart } from '../pipeline/first-part.js';
import { fingerprintOf } from '../suppress/book.js';
import { failure } from '../verdict/conclude.js';
import { scanFiles } from './scan-files.js';
import { scanGit } from './scan-git.js';
import type { FoundSecret } from './scan-text.js';

const options = z.strictObject({
  /** The lowest confidence that counts; types that always block ignore it. */
  threshold: z.number().min(0).max(1).default(0.75),
  /** Paths that are not scanned: exact, a folder ending in `/`, or with `*` within a name. */
  exclude: z.array(z.string().min(1).max(512)).max(1000).default([]),
  max_files: z.int().min(1).max(10_000_000).default(1_000_000),
  max_file_bytes: z.int().min(1024).max(8_589_934_592).default(67_108_864),
  /** Scan only staged changes. */
  staged: z.boolean().default(false),
  /** Scan only lines added by the commits of a range, such as `main..HEAD`. */
  range: z.string().min(1).max(512).optional(),
  max_report_age_hours: z.number().positive().max(8760).default(24),
});

const count = z.int().min(0);
const factsSchema = z.strictObject({
  source: z.enum(['files', 'git', 'none']),
  scanned: count,
  binary: count,
  special: count,
  incomplete: count,
  hit_count: count,
  blocking_hits: count,
  suppressed: count,
  types: z.array(z.string()),
  engines: count,
});

/** True if a pattern matches a path: `docs/`, `*.lock`, `a/b.txt`. */
function excludes(pattern: string, path: string): boolean {
  if (pattern.endsWith('/')) return `${path}/`.startsWith(pattern) || path.includes(`/${pattern}`);
  const parts = pattern.split('*');
  const subject = pattern.includes('/') ? path : (path.split('/').at(-1) ?? path);
  if (parts.length === 1) return subject === pattern;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1)
      return subject.length - part.length >= at && subject.endsWith(part);
    const found = subject.indexOf(part, at);
    if (found < 0 || (index === 0 && found > 0)) return false;
    at = found + part.length;
  }
  return true;
}

interface BuiltinScan {
  readonly source: 'files' | 'git';
  readonly scanned: number;
  readonly binary: number;
  readonly special: number;
  readonly incomplete: readonly string[];
  readonly findings: readonly FoundSecret[];
  readonly input: { readonly name: string; readonly sha256: string };
}

async function scanTree(
  input: ExecutorInput,
  given: z.infer<typeof options>,
): Promise<BuiltinScan> {
  const { gate, services, signal, payload } = input;
  const named = typeof payload === 'string' ? payload : (firstPart(gate.command) ?? '.');
  const path = insideRoot(services.root, named);
  const stat = await lstat(path).catch((cause) => {
    throw new GateError('GATE_INPUT_UNREADABLE', `${named}: there is nothing to scan`, { cause });
  });
  const one = stat.isFile();
  if (!one && !stat.isDirectory()) {
    throw new GateError('GATE_INPUT_UNREADABLE', `${named}: not a file or a folder`);
  }
  const root = one ? dirname(path) : path;
  const walked = one
    ? { files: [basename(path)], special: 0, unreadable: [], truncated: false }
    : await walkFiles(path, given.max_files, signal);
  const files = walked.files.filter(
    (name) => !given.exclude.some((pattern) => excludes(pattern, name)),
  );
  const { onProgress } = services;
  const scanned = await scanFiles(root, files, {
    ...{ threshold: given.threshold, maxBytes: given.max_file_bytes, signal },
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return {
    source: 'files',
    ...{ scanned: scanned.scanned, binary: scanned.binary, special: walked.special },
    incomplete: [
      ...scanned.incomplete,
      ...walked.unreadable,
      ...(walked.truncated ? ['(more files than max_files)'] : []),
    ],
    findings: scanned.findings,
    input: { name: named, sha256: scanned.sha256 },
  };
}

async function scanChanges(
  input: ExecutorInput,
  given: z.infer<typeof options>,
): Promise<BuiltinScan> {
  const { blocks, findings, diff } = await scanGit(input, given, given.threshold);
  return {
    ...{ source: 'git', scanned: blocks, binary: 0, special: 0, incomplete: [], findings },
    input: { name: given.range ?? 'staged', sha256: toHex(sha256(diff)) },
  };
}

type MergedSecret = GateFinding & { readonly alwaysBlocking?: boolean };

/** Keeps one finding for each line, whichever engines found it. */
function mergeFindings(
  own: readonly MergedSecret[],
  foreign: Awaited<ReturnType<typeof runEngines>>['found'],
): readonly MergedSecret[] {
  const found = new Map<string, MergedSecret>();
  for (const finding of own) {
    found.set(`${finding.file}:${finding.line}:${finding.column}`, finding);
  }
  for (const { engine, finding } of foreign) {
    const same = [...found].find(
      ([, { file, line }]) => file === finding.file && line === finding.line && line !== undefined,
    );
    if (same !== undefined) {
      const [key, other] = same;
      found.set(key, { ...other, engines: [...new Set([...other.engines, engine])] });
      continue;
    }
    const { rule, severity, file, line } = finding;
    found.set(`${engine}:${rule}:${file}:${line}:${found.size}`, {
      ...{ rule, severity, message: `${engine} reports ${rule}`, engines: [engine] },
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      fingerprint: fingerprintOf(rule, file ?? ''),
    });
  }
  return [...found.values()];
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const given = options.parse(input.gate.with);
  const engines = await runEngines(input, 'secrets', given.max_report_age_hours * 3_600_000);
  const git = given.staged || given.range !== undefined;
  const builtin = engines.builtin
    ? await (git ? scanChanges(input, given) : scanTree(input, given))
    : undefined;
  const found = mergeFindings(builtin?.findings ?? [], engines.found);
  const blockingOf = new Map(found.map((one) => [one.fingerprint, one.alwaysBlocking === true]));
  const plain = found.map(({ alwaysBlocking: _, ...finding }) => finding);
  const findings = input.services.suppressions.apply(plain);
  const counted = findings.filter(({ suppressed }) => suppressed !== true);
  return {
    facts: {
      source: builtin?.source ?? 'none',
      ...{ scanned: builtin?.scanned ?? 0, binary: builtin?.binary ?? 0 },
      ...{ special: builtin?.special ?? 0, incomplete: builtin?.incomplete.length ?? 0 },
      hit_count: counted.length,
      blocking_hits: counted.filter(({ fingerprint }) => blockingOf.get(fingerprint) === true)
        .length,
      suppressed: findings.length - counted.length,
      types: [...new Set(counted.map(({ rule }) => rule))].sort().slice(0, 100),
      engines: engines.engines.length,
    },
    findings,
    engines: [
      ...(builtin === undefined
        ? []
        : [
            {
              ...{ name: 'builtin', kind: 'builtin' as const, version: '1' },
              ...{ sha256: builtin.input.sha256, findings: builtin.findings.length },
            },
          ]),
      ...engines.engines,
    ],
    inputs: builtin === undefined ? [] : [builtin.input],
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const { source, scanned, binary, incomplete, hit_count: hits, blocking_hits: blocking } = facts;
  const metrics = {
    ...{ detected: hits > 0, auto_blocked: blocking > 0, hit_count: hits, types: facts.types },
    ...{ files_scanned: scanned, suppressed: facts.suppressed },
  };
  if (blocking > 0) {
    const reason = `${blocking} secrets of a type that always blocks, ${hits} in all`;
    return { ...failure('secrets_auto_blocked', reason), metrics };
  }
  if (hits > 0) {
    const reason = `${hits} secrets: ${facts.types.join(', ')}`.slice(0, 512);
    return { result: 'fail', firm: false, reasonCode: 'secrets_detected', reason, metrics };
  }
  if (incomplete > 0) {
    return {
      ...failure('not_scanned_whole', `${incomplete} files or folders could not be read whole`),
      metrics,
    };
  }
  const nothing =
    source === 'files' ? scanned + binary === 0 : source === 'none' && facts.engines === 0;
  if (nothing) return { ...failure('nothing_scanned', 'there was nothing to scan'), metrics };
  const reason = `no secret in ${scanned} ${source === 'git' ? 'changes' : 'files'}`;
  return { result: 'pass', firm: false, reasonCode: 'no_secrets', reason, metrics };
}

/** `secrets_scan`: scans files, folders, staged changes and git ranges. */
export const secretsScan: GateExecutor = {
  type: 'secrets_scan',
  metrics: {
    ...{ detected: 'boolean', auto_blocked: 'boolean', hit_count: 'number', types: 'strings' },
    ...{ files_scanned: 'number', suppressed: 'number' },
  },
  options,
  gather,
  judge,
};

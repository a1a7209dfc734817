import { resolve } from 'node:path';
import { type Policy, PolicyError, type ReviewVerdict } from '@spanforge/policy';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { type PolicyArguments, withPolicy } from './with-policy.js';

/** Options of `spanforge policy review`. */
export interface PolicyReviewArguments extends PolicyArguments {
  readonly reviewer: string;
  readonly verdict?: string;
  readonly note?: string;
  readonly trace?: string;
  /** A file of decision ids, one a line; `-` is stdin. */
  readonly from?: string;
}

/** One decision, and the verdict about it. */
interface JudgedDecision {
  readonly decisionId: string;
  readonly verdict: ReviewVerdict;
}

const VERDICTS: readonly ReviewVerdict[] = ['true_positive', 'false_positive', 'needs_tuning'];
const MAX_STDIN_BYTES = 1024 * 1024;

function verdictOf(where: string, given: string): ReviewVerdict {
  const verdict = VERDICTS.find((one) => one === given);
  if (verdict !== undefined) return verdict;
  const expected = `${VERDICTS.slice(0, 2).join(', ')} or ${VERDICTS[2]}`;
  throw new CliError('CLI_USAGE', `${where}: expected ${expected}`);
}

async function readStdin(io: CommandIo): Promise<string> {
  const { stdin } = io.live ?? {};
  if (stdin === undefined) throw new CliError('CLI_USAGE', '--from -: there is no stdin');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > MAX_STDIN_BYTES) throw new CliError('CLI_INPUT_INVALID', 'stdin: more than 1 MiB');
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * The decisions of a list: an id a line, followed by a verdict of its own or judged by the common
 * one.
 */
function parseList(from: string, text: string, common: string | undefined) {
  const judged = new Map<string, JudgedDecision>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const [decisionId, own, ...more] = line.trim().split(/\s+/);
    if (decisionId === undefined || decisionId === '' || decisionId.startsWith('#')) continue;
    const where = `${from === '-' ? 'stdin' : from}:${at + 1}`;
    const given = own ?? common;
    if (more.length > 0 || given === undefined) {
      throw new CliError('CLI_USAGE', `${where}: expected an id and a verdict, or give --verdict`);
    }
    if (judged.has(decisionId))
      throw new CliError('CLI_USAGE', `${where}: this id is listed twice`);
    judged.set(decisionId, { decisionId, verdict: verdictOf(where, given) });
  }
  return [...judged.values()];
}

async function listOf(
  io: CommandIo,
  from: string,
  verdict: string | undefined,
): Promise<readonly JudgedDecision[]> {
  const text = from === '-' ? await readStdin(io) : await readText(resolve(io.cwd, from));
  const list = parseList(from, text, verdict);
  if (list.length > 0) return list;
  throw new CliError('CLI_USAGE', `--from ${from}: it names no decision`);
}

function recordOne(
  policy: Policy,
  { reviewer, note, trace }: PolicyReviewArguments,
  judged: JudgedDecision,
): Promise<void> {
  const more = {
    ...(note === undefined ? {} : { note }),
    ...(trace === undefined ? {} : { traceId: trace }),
  };
  return policy.labels.recordReview({ ...judged, reviewer, ...more });
}

/** False if there is no such decision. */
async function recordIfKnown(...parts: Parameters<typeof recordOne>): Promise<boolean> {
  try {
    await recordOne(...parts);
    return true;
  } catch (error) {
    if (PolicyError.is(error) && error.code === 'POLICY_DECISION_UNKNOWN') return false;
    throw error;
  }
}

function reviewOne(
  io: CommandIo,
  options: PolicyReviewArguments,
  decisionId: string,
): Promise<CommandResult> {
  const { reviewer, verdict: given } = options;
  if (given === undefined) throw new CliError('CLI_USAGE', '--verdict is missing');
  const verdict = verdictOf('--verdict', given);
  return withPolicy(io, { ...options, actor: reviewer }, async ({ policy }) => {
    await recordOne(policy, options, { decisionId, verdict });
    return {
      exitCode: EXIT.ok,
      text: `recorded: ${reviewer} says ${verdict} of ${decisionId}`,
      json: { decision_id: decisionId, reviewer, verdict },
    };
  });
}

async function reviewList(
  io: CommandIo,
  options: PolicyReviewArguments,
  from: string,
): Promise<CommandResult> {
  const { reviewer } = options;
  const list = await listOf(io, from, options.verdict);
  return withPolicy(io, { ...options, actor: reviewer }, async ({ policy }) => {
    const recorded: JudgedDecision[] = [];
    const unknown: string[] = [];
    for (const one of list) {
      if (await recordIfKnown(policy, options, one)) recorded.push(one);
      else unknown.push(one.decisionId);
    }
    const lines = recorded.map(
      (one) => `recorded: ${reviewer} says ${one.verdict} of ${one.decisionId}`,
    );
    const missing = unknown.map((id) => `not recorded: there is no decision ${id}`);
    const all = recorded.map((one) => ({ decision_id: one.decisionId, verdict: one.verdict }));
    return {
      exitCode: unknown.length === 0 ? EXIT.ok : EXIT.incomplete,
      text: [...lines, ...missing].join('\n'),
      json: { reviewer, recorded: all, unknown },
    };
  });
}

/**
 * `spanforge policy review`: records whether decisions were right. A list is read and checked
 * before anything is recorded; unknown ids are printed at the end, with exit code 3.
 */
export async function policyReview(
  io: CommandIo,
  options: PolicyReviewArguments,
  decisionId: string,
): Promise<CommandResult> {
  const { from } = options;
  if ((from === undefined) === (decisionId === '')) {
    throw new CliError('CLI_USAGE', 'name one decision, or a list of them with --from');
  }
  return from === undefined ? reviewOne(io, options, decisionId) : reviewList(io, options, from);
}

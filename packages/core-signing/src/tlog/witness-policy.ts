import { toHex } from '../bytes.js';
import { SigningError } from '../error.js';
import { type NoteVerifier, parseVkey } from './vkey.js';

/** A witness whose cosignatures a policy counts. */
export interface PolicyWitness {
  /** Its name in the policy; the name under which it signs is in the key. */
  readonly name: string;
  readonly verifier: NoteVerifier;
  /** The address of the witness as written in the policy; not checked. */
  readonly url?: string;
}

/** Says whose signatures a checkpoint needs to be trusted (C2SP tlog-policy). */
export interface WitnessPolicy {
  /** The keys of the logs it applies to; empty if these are known from elsewhere. */
  readonly logs: readonly NoteVerifier[];
  readonly witnesses: readonly PolicyWitness[];
  /** True if cosignatures by the keys with these thumbprints are enough. */
  isMet(kids: ReadonlySet<string>): boolean;
}

const MAX_CHARACTERS = 100_000;
const MAX_LINES = 1000;

type IsMet = WitnessPolicy['isMet'];

/** What the lines so far have defined. */
interface Draft {
  readonly logs: NoteVerifier[];
  readonly witnesses: PolicyWitness[];
  readonly names: Map<string, IsMet>;
  readonly members: Set<string>;
  readonly keys: Set<string>;
  quorum?: IsMet;
}

function invalid(line: number, reason: string, cause?: unknown): SigningError {
  return new SigningError(
    'SIGNING_POLICY_INVALID',
    `line ${line} of the witness policy: ${reason}`,
    {
      details: { line, reason },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** Reads a key of this type that no other line has: under two names it could count twice. */
function readKey(draft: Draft, text: string, type: 1 | 4): NoteVerifier {
  const verifier = parseVkey(text);
  const raw = toHex(verifier.key.publicKey);
  if (verifier.type !== type) throw new Error('a key of another kind');
  if (draft.keys.has(raw)) throw new Error('a key that an earlier line has');
  draft.keys.add(raw);
  return verifier;
}

function define(draft: Draft, name: string, isMet: IsMet): void {
  if (name === 'none' || draft.names.has(name)) throw new Error('a name that is taken');
  draft.names.set(name, isMet);
}

function readThreshold(text: string, count: number): number {
  if (text === 'all') return count;
  const threshold = text === 'any' ? 1 : /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0;
  if (threshold < 1 || threshold > count) throw new Error('no number of its members');
  return threshold;
}

function readGroup(draft: Draft, name: string, threshold: string, names: readonly string[]): void {
  const least = readThreshold(threshold, names.length);
  const parts = names.map((one) => {
    const part = draft.names.get(one);
    if (!part) throw new Error('a member that no earlier line defines');
    if (draft.members.has(one)) throw new Error('a member that a group has already');
    draft.members.add(one);
    return part;
  });
  define(draft, name, (kids) => parts.filter((isMet) => isMet(kids)).length >= least);
}

function readQuorum(draft: Draft, name: string): void {
  if (draft.quorum) throw new Error('a second quorum');
  const quorum = name === 'none' ? () => true : draft.names.get(name);
  if (!quorum) throw new Error('a quorum that no earlier line defines');
  draft.quorum = quorum;
}

function readLine(draft: Draft, words: readonly string[]): void {
  const [kind, first, second, ...rest] = words;
  if (kind === 'log' && first !== undefined && rest.length === 0) {
    draft.logs.push(readKey(draft, first, 1));
  } else if (kind === 'witness' && first !== undefined && second !== undefined && rest.length < 2) {
    const verifier = readKey(draft, second, 4);
    const [url] = rest;
    define(draft, first, (kids) => kids.has(verifier.key.kid));
    draft.witnesses.push({ name: first, verifier, ...(url === undefined ? {} : { url }) });
  } else if (kind === 'group' && first !== undefined && second !== undefined && rest.length > 0) {
    readGroup(draft, first, second, rest);
  } else if (kind === 'quorum' && first !== undefined && second === undefined) {
    readQuorum(draft, first);
  } else throw new Error('not a log, witness, group or quorum');
}

/**
 * Parses a policy of witnesses (C2SP tlog-policy): lines `log <vkey> [<url>]`, `witness <name>
 * <vkey> [<url>]`, `group <name> all|any|<k> <name>…` and one `quorum <name>|none`. Words are
 * separated by spaces and tabs; empty lines and lines that begin with `#` are ignored. The newline
 * of the last line may be missing.
 *
 * @throws {SigningError} `SIGNING_POLICY_INVALID`, with the line (`details.line`, from 1; 0 for the
 * text as a whole) and the reason; for a key also the cause.
 */
export function parseWitnessPolicy(text: string): WitnessPolicy {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.length > MAX_CHARACTERS || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) {
    throw invalid(0, 'not a text of lines');
  }
  const lines = text.split('\n', MAX_LINES + 2);
  if (lines.length > MAX_LINES + 1) throw invalid(0, 'too many lines');
  const draft: Draft = {
    logs: [],
    witnesses: [],
    names: new Map(),
    members: new Set(),
    keys: new Set(),
  };
  for (const [at, line] of lines.entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length === 0 || words[0]?.startsWith('#')) continue;
    try {
      readLine(draft, words);
    } catch (cause) {
      if (SigningError.is(cause)) throw invalid(at + 1, 'not a vkey', cause);
      throw invalid(at + 1, (cause as Error).message);
    }
  }
  const { logs, witnesses, quorum } = draft;
  if (!quorum) throw invalid(0, 'no quorum');
  return Object.freeze({ logs, witnesses, isMet: quorum });
}

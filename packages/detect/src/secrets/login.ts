import { BASE64 } from '../character.js';
import {
  type Candidate,
  eachOccurrence,
  peek,
  peekBack,
  run,
  type SearchedText,
} from '../source.js';
import type { SecretType } from '../types.js';
import { fromBase64 } from './encoded.js';
import { looksChosen, looksRandom } from './random.js';
import { candidateOf, isPlaceholder, isWordForPassword } from './value.js';

const OPTIONS = [' -u ', ' --user ', ' --user=', '\n-u ', '\t-u '];
const SCHEMES = ['Basic ', 'basic '];
const MAX_WORD = 256;
const MIN_SURE = 8;

/** What these detectors look for. */
export const LOGIN_LITERALS: readonly string[] = [...OPTIONS, ...SCHEMES];

// A word of a shell: pieces in quotes, pieces without, up to white space.
const SHELL_WORD = /^(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|[^\s"']){1,200}/;
const VARIABLE = /\$[A-Za-z_{(]|^\$\d|\{\{|^[[<]|%\w/;

/** Finds the name and password that curl is given, and those of a Basic header (RFC 7617). */
export function findLogins(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  for (const option of OPTIONS) {
    eachOccurrence(source, option, (at) => {
      if (!/\bcurl\b/.test(peekBack(source, at, MAX_WORD))) return undefined;
      const lead = /^\s{0,4}/.exec(peek(source, at + option.length, 4))?.[0].length ?? 0;
      const start = at + option.length + lead;
      const word = SHELL_WORD.exec(peek(source, start, MAX_WORD))?.[0] ?? '';
      const sure = sureness(word.replace(/["']/g, ''));
      if (sure !== undefined) found.push(loginAt(source, start, start + word.length, sure));
      return start + word.length;
    });
  }
  for (const scheme of SCHEMES) {
    eachOccurrence(source, scheme, (at) => {
      const start = at + scheme.length;
      const end = run(source, start, BASE64);
      const login = fromBase64(peek(source, start, Math.min(end - start, 512)));
      const sure = login === undefined ? undefined : sureness(login);
      if (sure !== undefined) found.push(loginAt(source, start, end, sure));
      return Math.max(end, at + 1);
    });
  }
  return found;
}

function loginAt(source: SearchedText, start: number, end: number, sure: boolean) {
  return candidateOf(source, 'credential', { start, end, certain: sure });
}

/** Whether `name:password` says a password, and how surely; undefined where it says none. */
function sureness(login: string): boolean | undefined {
  const colon = login.indexOf(':');
  if (colon === -1) return undefined;
  const [name, password] = [login.slice(0, colon), login.slice(colon + 1)];
  // A token alone is written on either side of the colon.
  if (password === '')
    return isSecret(name, '') && name.length >= MIN_SURE && isVaried(name) ? true : undefined;
  return isSecret(password, name) ? password.length >= MIN_SURE && isVaried(password) : undefined;
}

function isSecret(password: string, name: string): boolean {
  if (password.length < 4 || password === name || VARIABLE.test(password)) return false;
  return !isPlaceholder(password) && !isWordForPassword(password);
}

const isVaried = (text: string): boolean =>
  looksChosen(text) || looksRandom(text) || /\d/.test(text);

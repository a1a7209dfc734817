import { foldIdentity } from './names.js';

/** Letters of other scripts that look like Latin ones, small and capital: of each pair, the second is Latin. */
const SMALL = [
  // Cyrillic, Greek, Armenian, other Latin letters.
  'аaсcԁdеeһhіiјjкkмmоoрpԛqѕsтtѵvԝwхxуyӏl',
  'αaοoρpνvυuιiκkγyχxϲcϳjτtωwηn',
  'օoոnսuհhցgզqյj',
  'ıiɑaɡgǀl',
].join('');
const CAPITAL = [
  'АAВBСCЕEԌGНHІIЈJКKМMОOРPԚQЅSТTУYХXԜWѴVӀI',
  'ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXϹCϿJ',
  'ՕOՏSՍUԼL',
  'ᎪAᏴBᏟCᎬEᎻHᎫJᏦKᏞLᎷMᏢPᎡRᏚSᎢTᏙVᎳWᏃZ',
].join('');

function pairsOf(letters: string): ReadonlyMap<string, string> {
  const all = [...letters];
  const pairs = all.flatMap((letter, at) =>
    at % 2 === 0 ? [[letter, all[at + 1] ?? ''] as const] : [],
  );
  return new Map(pairs);
}

const [small, capital] = [pairsOf(SMALL), pairsOf(CAPITAL)];

const written = (text: string, pairs: ReadonlyMap<string, string>): string =>
  [...text].map((letter) => pairs.get(letter) ?? letter).join('');

/**
 * Whether two ids count as one person: they differ only in what {@link foldIdentity} folds, or in
 * letters of Cyrillic, Greek, Armenian or Cherokee that look like Latin ones. For refusing a second
 * approval, never for granting one: people whose names look alike are told apart there.
 */
export function isSamePerson(one: string, other: string): boolean {
  const [a, b] = [foldIdentity(one), foldIdentity(other)];
  if (a === b) return true;
  if (written(a, small) === written(b, small)) return true;
  return written(a.toUpperCase(), capital) === written(b.toUpperCase(), capital);
}

/** One id of each person, in the order in which they come. */
export function distinctPeople(ids: readonly string[]): readonly string[] {
  const known: string[] = [];
  for (const id of ids) if (!known.some((other) => isSamePerson(other, id))) known.push(id);
  return known;
}

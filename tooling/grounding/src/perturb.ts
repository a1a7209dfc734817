/** One way of making a true sentence false. */
export type Perturbation =
  | 'number_changed'
  | 'entity_replaced'
  | 'entities_swapped'
  | 'negated'
  | 'word_opposed'
  | 'words_shuffled';

interface Found {
  readonly text: string;
  readonly start: number;
}

const find = (text: string, pattern: RegExp): Found[] =>
  [...text.matchAll(pattern)].map((match) => ({ text: match[0], start: match.index }));

const put = (text: string, { text: old, start }: Found, by: string): string =>
  text.slice(0, start) + by + text.slice(start + old.length);

/** Names: capitalised words that begin no sentence, joined where they stand together. */
export const namesIn = (text: string): Found[] =>
  find(text, /(?<=[a-z,;] )\p{Lu}\p{Ll}{2,}(?: \p{Lu}\p{Ll}{2,})*/gu);

function changeNumber(text: string): string | undefined {
  const number = find(text, /\d+(?=[^\d]|$)/g).at(-1);
  if (!number) return undefined;
  const digits = [...number.text];
  const at = digits.length > 2 ? digits.length - 2 : 0;
  digits[at] = String((Number(digits[at]) % 8) + 1 + (at === 0 ? 0 : 1));
  return put(text, number, digits.join(''));
}

function swapNames(text: string): string | undefined {
  const [first, ...rest] = namesIn(text);
  const second = rest.find((name) => first && name.text !== first.text);
  if (!first || !second) return undefined;
  return put(put(text, second, first.text), first, second.text);
}

function negate(text: string): string | undefined {
  const verb = find(text, /\b(?:is|are|was|were|can|may|has been|have been|will|could)\b/g)[0];
  return verb && put(text, verb, `${verb.text} not`);
}

const OPPOSED: readonly (readonly [RegExp, string])[] = [
  [/\bmore\b/, 'less'],
  [/\blargest\b/, 'smallest'],
  [/\bincreased?\b/, 'decreased'],
  [/\bfirst\b/, 'last'],
  [/\bbefore\b/, 'after'],
  [/\bafter\b/, 'before'],
  [/\bnorth(ern)?\b/, 'southern'],
  [/\bwest(ern)?\b/, 'eastern'],
  [/\bmale\b/, 'female'],
  [/\bcommon\b/, 'rare'],
  [/\bhigh\b/, 'low'],
  [/\blong\b/, 'short'],
  [/\bold\b/, 'young'],
  [/\bpublic\b/, 'private'],
  [/\bmost\b/, 'least'],
  [/\bbest\b/, 'worst'],
  [/\bmajor\b/, 'minor'],
  [/\bmodern\b/, 'ancient'],
  [/\bprofessional\b/, 'amateur'],
];

function oppose(text: string): string | undefined {
  const [pattern, by] = OPPOSED.find(([word]) => word.test(text)) ?? [];
  return pattern && by ? text.replace(pattern, by) : undefined;
}

/** The second half of the words between those of the first: nothing is missing, nothing is said. */
function shuffle(text: string): string | undefined {
  const words = text.split(' ');
  const half = Math.ceil(words.length / 2);
  const mixed = words.slice(0, half).flatMap((word, at) => [words[half + at] ?? '', word]);
  return words.length < 8 ? undefined : mixed.join(' ').trim();
}

/** Every way in which a true sentence can be made false here; `name` is one of another source. */
export function perturb(text: string, name: string): readonly (readonly [Perturbation, string])[] {
  const entity = namesIn(text)[0];
  const made: readonly (readonly [Perturbation, string | undefined])[] = [
    ['number_changed', changeNumber(text)],
    ['entity_replaced', entity && entity.text !== name ? put(text, entity, name) : undefined],
    ['entities_swapped', swapNames(text)],
    ['negated', negate(text)],
    ['word_opposed', oppose(text)],
    ['words_shuffled', shuffle(text)],
  ];
  return made.filter(
    (one): one is [Perturbation, string] => one[1] !== undefined && one[1] !== text,
  );
}

/** The same said otherwise: the facts stay, their form changes. */
export function restate(text: string): readonly (readonly [string, string])[] {
  const months =
    'January|February|March|April|May|June|July|August|September|October|November|December';
  const made: readonly (readonly [string, string])[] = [
    ['lower_case', text.toLowerCase()],
    [
      'day_before_month',
      text.replace(new RegExp(`\\b(${months}) (\\d{1,2}),? (\\d{4})`, 'i'), '$2 $1 $3'),
    ],
    [
      'grouped_digits',
      text.replace(/\b(\d+(?:\.\d)?) million\b/, (_, n: string) =>
        (Number(n) * 1e6).toLocaleString('en-US'),
      ),
    ],
    [
      'number_words',
      text.replace(/\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b/, (word) =>
        String(
          'two three four five six seven eight nine ten eleven twelve'.split(' ').indexOf(word) + 2,
        ),
      ),
    ],
    ['clause_first', text.replace(/^([^,]{12,}), ([^,]{12,}?)\.?\s*$/, '$2, $1.')],
  ];
  return made.filter(([, changed]) => changed !== text);
}

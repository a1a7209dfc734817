/** Written in one line up to this many characters. */
const MAX_FLOW = 100;

/** JSON, which is YAML too, with nothing in it that an editor would hide. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text as YAML, plain where it cannot be mistaken for something else. */
export function scalar(text: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_.-]*( [A-Za-z_][A-Za-z0-9_.-]*)*$/.test(text);
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : json(text);
}

/** Plain data as YAML in one line. */
export function flow(value: unknown): string {
  if (typeof value === 'string') return scalar(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return json(value);
  const fields = entriesOf(value).map(([key, part]) => `${scalar(key)}: ${flow(part)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** Plain data as YAML: in one line where it is short, else its fields one below the other. */
export function block(value: unknown, indent: string): readonly string[] {
  const short = flow(value);
  const isList = Array.isArray(value);
  if (short.length <= MAX_FLOW || (!isList && !isRecord(value))) return [short];
  if (isList) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = block(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return entriesOf(value as object).flatMap(([key, part]) => field(key, part, indent));
}

/** One field of a map, on as many lines as it takes. */
export function field(key: string, value: unknown, indent: string): readonly string[] {
  const lines = block(value, `${indent}  `);
  const [only = ''] = lines;
  const inline = lines.length === 1 && only.trimStart() === only;
  return inline ? [`${indent}${scalar(key)}: ${only}`] : [`${indent}${scalar(key)}:`, ...lines];
}

/** What is `undefined` is not there. */
function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, part]) => part !== undefined);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

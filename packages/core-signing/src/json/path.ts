const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_LENGTH = 200;

/**
 * Writes the path to a value in JSON for people: `$.body.items[3]["odd key"]`. Always printable
 * ASCII on one line, at most 200 characters.
 */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '$';
  for (const step of path) {
    if (text.length > MAX_LENGTH) break;
    text += formatStep(step);
  }
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function formatStep(step: PropertyKey): string {
  if (typeof step === 'number') return `[${step}]`;
  const name = String(step);
  if (PLAIN.test(name)) return `.${name}`;
  return `[${JSON.stringify(name.slice(0, MAX_LENGTH)).replace(/[^ -~]/g, escapeUnit)}]`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

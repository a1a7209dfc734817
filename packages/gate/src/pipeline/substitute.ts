import type { PipelineVariables } from '../model/definition.js';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Values that may be put into a condition: no operator, no quote, no space. */
const PLAIN = /^[A-Za-z0-9_.+-]{1,64}$/;

/** Thrown for a variable without a value, and for a value that is not allowed in its place. */
export class SubstitutionFault extends Error {}

function lookUp(name: string, variables: PipelineVariables): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) throw new SubstitutionFault(`no value for \${${name}}`);
  return String(value);
}

/** Splits a command at spaces, without a shell; quotes keep a part together. */
export function splitCommand(text: string): readonly string[] {
  const parts: string[] = [];
  let part: string | undefined;
  let quote: string | undefined;
  for (const character of text) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else part += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      part ??= '';
    } else if (/\s/.test(character)) {
      if (part !== undefined) parts.push(part);
      part = undefined;
    } else {
      part = (part ?? '') + character;
    }
  }
  if (quote !== undefined) throw new SubstitutionFault('a quote is not closed');
  if (part !== undefined) parts.push(part);
  return parts;
}

/** Substitutes in one part of a command. A value can never become an option of its own. */
function substitutePart(part: string, variables: PipelineVariables): string {
  const whole = part.replace(REFERENCE, (_, name: string) => lookUp(name, variables));
  if (whole !== part && whole.startsWith('-') && !part.startsWith('-')) {
    throw new SubstitutionFault('a value would become an option of the command');
  }
  if (whole.includes('\u0000')) throw new SubstitutionFault('a value contains a NUL character');
  return whole;
}

/** Splits a command, then substitutes in each part, so that a value never becomes two parts. */
export function substituteCommand(
  command: string | readonly string[],
  variables: PipelineVariables,
): readonly string[] {
  const parts = typeof command === 'string' ? splitCommand(command) : command;
  return parts.map((part) => substitutePart(part, variables));
}

/** Substitutes in a condition: only names and numbers are allowed. */
export function substituteCondition(text: string, variables: PipelineVariables): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = lookUp(name, variables);
    if (!PLAIN.test(value)) {
      throw new SubstitutionFault(`the value of \${${name}} cannot stand in a condition`);
    }
    return value;
  });
}

/** Substitutes in every text of any other value. */
export function substitute(value: unknown, variables: PipelineVariables): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (_, name: string) => lookUp(name, variables));
  }
  if (Array.isArray(value)) return value.map((one) => substitute(one, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, substitute(one, variables)]),
  );
}

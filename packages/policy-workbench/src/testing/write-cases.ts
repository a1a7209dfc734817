import { canonicalize } from '@spanforge/core-signing';
import { PolicyError } from '@spanforge/policy';
import { writeYaml } from '@spanforge/yaml';
import { DEFAULT_CONTROL, PLAIN_PARTS, type PolicyCase, type PolicyCases } from './case.js';
import { parseCasesYaml } from './parse-cases.js';

/** A case as written in a file: snake_case, without defaults. */
export function writtenCase({ name, request, counted, expect }: PolicyCase): object {
  const { service, control } = request;
  const usual = service === DEFAULT_CONTROL.service && control === DEFAULT_CONTROL.control;
  const parts = PLAIN_PARTS.filter(
    (part) => request[part] !== undefined && !(usual && /^(service|control)$/.test(part)),
  );
  const { reasonCode, ...rest } = expect;
  return {
    name,
    ...Object.fromEntries(parts.map((part) => [part, request[part]])),
    ...(counted === undefined ? {} : { counted }),
    ...(request.time === undefined
      ? {}
      : { time: new Date(request.time).toISOString().replace('.000Z', 'Z') }),
    expect: { ...rest, ...(reasonCode === undefined ? {} : { reason_code: reasonCode }) },
  };
}

/** Writes cases as YAML that `parseCasesYaml` reads back as the same cases. */
export function formatCases({ stages, cases }: PolicyCases): string {
  return writeYaml(
    { ...(stages === 'ended' ? { stages } : {}), cases: cases.map(writtenCase) },
    { blockDepth: 3 },
  );
}

/** Cases as items of a list in YAML. */
function itemLines(cases: readonly PolicyCase[], indent: string): string {
  return writeYaml(cases.map(writtenCase), { blockDepth: 2 }).replace(/^(?=.)/gm, indent);
}

/**
 * Adds cases at the end of a file of cases, and leaves the rest of the file unchanged. If a name is
 * taken, the new case gets a number.
 *
 * @throws {PolicyError} `POLICY_CASES_INVALID` when the file is not valid, or does not end in its
 *   list of cases, one below the other, without defaults that would change what is added.
 */
export function appendCases(
  text: string,
  added: readonly PolicyCase[],
  options: { readonly file?: string } = {},
): string {
  const before = parseCasesYaml(text, options);
  const names = new Set(before.cases.map(({ name }) => name));
  const named = added.map((one) => {
    const name = freeName(one.name, names);
    names.add(name);
    return { ...one, name };
  });
  const indent = /^cases:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- /m.exec(text)?.[1] ?? '  ';
  const written = `${text.replace(/\s*$/, '')}\n${itemLines(named, indent)}`;
  const wanted = { ...before, cases: [...before.cases, ...named] };
  if (!readsAs(written, wanted)) {
    const message =
      'Cases can only be added to a file that ends in its list of cases, one below the other, and whose defaults they do not need.';
    throw new PolicyError('POLICY_CASES_INVALID', message);
  }
  return written;
}

function readsAs(text: string, wanted: PolicyCases): boolean {
  try {
    return canonicalize(parseCasesYaml(text)) === canonicalize(wanted);
  } catch (cause) {
    if (PolicyError.is(cause)) return false;
    throw cause;
  }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${name} (${number})`;
  return free;
}

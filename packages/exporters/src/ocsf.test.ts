import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalize, sha256, toHex, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { toOcsf } from './ocsf.js';
import { filledLog, ORIGIN } from './test-log.js';

const shared =
  process.env.SPANFORGE_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const specs = join(shared, 'specs/ocsf');

interface Attribute {
  readonly requirement?: string;
  readonly enum?: Record<string, unknown>;
  readonly type?: string;
  readonly is_array?: boolean;
}
interface Definition {
  readonly extends?: string;
  readonly uid?: number;
  readonly attributes: Record<string, Attribute> & { readonly $include?: readonly string[] };
  readonly constraints?: { readonly at_least_one?: readonly string[] };
}

const read = (path: string): Definition => JSON.parse(readFileSync(join(specs, path), 'utf8'));

/** A class or object with what it inherits and includes. */
function resolve(
  path: string,
  find: (name: string) => string,
  profiles: readonly string[] = [],
): Definition {
  const own = read(path);
  const base =
    own.extends === undefined || own.extends === 'object'
      ? { attributes: {} as Definition['attributes'] }
      : resolve(find(own.extends), find, profiles);
  const { $include = [], ...attributes } = own.attributes;
  // Of a profile that the event does not name, nothing may stand and nothing is missing.
  const applied = $include.filter((name) =>
    profiles.some((profile) => name === `profiles/${profile}.json`),
  );
  const included = applied.map((name) => read(name).attributes);
  const merged: Record<string, Attribute> = {};
  for (const layer of [base.attributes, ...included, attributes]) {
    for (const [name, attribute] of Object.entries(layer as Record<string, Attribute>)) {
      merged[name] = {
        ...merged[name],
        ...attribute,
        enum: { ...merged[name]?.enum, ...attribute.enum },
      };
    }
  }
  return { ...base, ...own, attributes: merged as Definition['attributes'] };
}

const eventPath = (name: string): string => {
  const paths = ['', 'application/', 'findings/'].map((folder) => `events/${folder}${name}.json`);
  return paths.find((path) => existsSync(join(specs, path))) ?? `events/${name}.json`;
};
const objectPath = (name: string): string => `objects/${name}.json`;

const SCALARS: Record<string, string> = {
  string_t: 'string',
  integer_t: 'number',
  long_t: 'number',
  float_t: 'number',
  timestamp_t: 'number',
  boolean_t: 'boolean',
  email_t: 'string',
  username_t: 'string',
  resource_uid_t: 'string',
  file_hash_t: 'string',
};

/** What is wrong with a value by the schema: unknown members, missing ones, types, enums, constraints. */
function faults(value: unknown, definition: Definition, path: string): string[] {
  const dictionary = read('dictionary.json').attributes;
  const object = value as Record<string, unknown>;
  const missing = Object.entries(definition.attributes as Record<string, Attribute>).flatMap(
    ([name, { requirement }]) =>
      requirement === 'required' && object[name] === undefined
        ? [`${path}.${name} is missing`]
        : [],
  );
  const oneOf = definition.constraints?.at_least_one;
  if (oneOf !== undefined && !oneOf.some((name) => object[name] !== undefined)) {
    missing.push(`${path} needs one of ${oneOf}`);
  }
  return [
    ...missing,
    ...Object.entries(object).flatMap(([name, member]) => {
      const attribute = definition.attributes[name];
      if (attribute === undefined) return [`${path}.${name} is unknown`];
      const general = dictionary[name] as Attribute;
      const type = attribute.type ?? general.type ?? '';
      // Classes and categories number themselves; their uids are checked beside this.
      const numbered = name === 'class_uid' || name === 'category_uid';
      const allowed = numbered ? {} : { ...general.enum, ...attribute.enum };
      const members = general.is_array ? (member as unknown[]) : [member];
      if (general.is_array !== Array.isArray(member) && general.is_array)
        return [`${path}.${name} is no list`];
      return members.flatMap((one) => {
        if (Object.keys(allowed).length > 0 && !(String(one) in allowed)) {
          return [`${path}.${name} is ${String(one)}`];
        }
        const scalar = SCALARS[type];
        if (scalar !== undefined) {
          return typeof one === scalar ? [] : [`${path}.${name} is no ${type}`];
        }
        if (type === 'object' || !existsSync(join(specs, objectPath(type)))) return [];
        return faults(one, resolve(objectPath(type), objectPath), `${path}.${name}`);
      });
    }),
  ];
}

const CLASSES: Record<number, string> = {
  6003: 'api_activity',
  2003: 'compliance_finding',
  2004: 'detection_finding',
};

async function events() {
  const log = await filledLog();
  const { records } = await log.query({ cursor: 0, limit: 100 });
  return records.map((record) => ({
    record,
    event: toOcsf({ record, values: [{ name: 'args', value: 1 }] }, { origin: ORIGIN }),
  }));
}

describe('OCSF', () => {
  it.skipIf(!existsSync(specs))('every event is valid by the published schema', async () => {
    for (const { record, event } of await events()) {
      const name = CLASSES[event.class_uid as number] ?? 'none';
      const { profiles } = event.metadata as { profiles: readonly string[] };
      const definition = resolve(eventPath(name), eventPath, profiles);
      expect(faults(event, definition, record.type)).toEqual([]);
      expect(event.class_uid).toBe((event.category_uid as number) * 1000 + (definition.uid ?? 0));
    }
  });

  it.skipIf(!existsSync(specs))('the check of the schema sees what is wrong', async () => {
    const [first] = await events();
    const definition = resolve(eventPath('api_activity'), eventPath, ['ai_operation']);
    const broken = { ...first?.event, severity_id: 77, metadata: { colour: 1 }, actor: undefined };
    const found = faults(JSON.parse(JSON.stringify(broken)), definition, 'x');
    expect(found).toEqual(
      expect.arrayContaining([
        'x.severity_id is 77',
        'x.metadata.colour is unknown',
        'x.metadata.product is missing',
        'x.actor is missing',
      ]),
    );
  });

  it('types follow class and activity, and say what they are', async () => {
    const byType = Object.fromEntries(
      (await events()).map(({ record, event }) => [record.type, event]),
    );
    for (const event of Object.values(byType)) {
      expect(event.type_uid).toBe(
        (event.class_uid as number) * 100 + (event.activity_id as number),
      );
    }
    expect(byType['spanforge.policy.decision.v1']).toMatchObject({ class_uid: 6003, action_id: 2 });
    expect(byType['spanforge.execution.ended.v1']).toMatchObject({ class_uid: 6003, status_id: 1 });
    expect(byType['spanforge.detection.secrets.v1']).toMatchObject({
      class_uid: 2004,
      severity_id: 5,
      finding_info: { types: ['aws_access_key'] },
    });
    expect(byType['spanforge.gate.v1']).toMatchObject({ compliance: { status_id: 3 } });
  });

  it('the attestation is over the rest of the event, canonically', async () => {
    for (const { event } of await events()) {
      const { attestation_list: list, ...rest } = event;
      const [{ fingerprint }] = list as [{ fingerprint: { value: string } }];
      expect(fingerprint.value).toBe(toHex(sha256(utf8(canonicalize(rest)))));
    }
  });
});

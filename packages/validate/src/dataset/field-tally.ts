import { roleOf, saysSomething, saysYes } from './field-rules.js';
import { createGroups, type GroupCounts } from './groups.js';

/** How many records have a field, and in how many its value counts. */
export interface Coverage {
  /** Records that have such a field. */
  readonly present: number;
  /** Records whose field has a value that counts. */
  readonly affirmed: number;
}

/** What the fields of the records say: about consent, about provenance, and by group. */
export interface FieldTally {
  /** Counts a record that is an object. */
  add(record: object): void;
  counts(): {
    readonly consent: Coverage;
    readonly provenance: Coverage;
    readonly groups: readonly GroupCounts[];
  };
}

/** Nested objects are read to this depth. */
const MAX_DEPTH = 4;

type Roles = Map<string, ReturnType<typeof roleOf>>;

interface Said {
  consent: unknown[];
  refusal: unknown[];
  provenance: unknown[];
  group: Map<string, unknown>;
  label: unknown;
}

/**
 * Caches field names, which repeat in every record. The cache is bounded in case a data set always
 * has new ones.
 */
function createRoles(): (name: string) => ReturnType<typeof roleOf> {
  const known: Roles = new Map();
  return (name) => {
    if (known.has(name)) return known.get(name);
    const role = roleOf(name);
    if (known.size < 10_000) known.set(name, role);
    return role;
  };
}

function collect(
  value: object,
  said: Said,
  roleFor: (name: string) => ReturnType<typeof roleOf>,
  depth = 0,
): void {
  for (const [name, member] of Object.entries(value)) {
    const role = roleFor(name);
    if (role === 'group') said.group.set(name, member);
    else if (role === 'label') said.label ??= member;
    else if (role !== undefined) said[role].push(member);
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isObject && depth < MAX_DEPTH) collect(member, said, roleFor, depth + 1);
  }
}

/** Creates the tally, empty. */
export function createFieldTally(): FieldTally {
  const groups = createGroups();
  const roleFor = createRoles();
  const consent = { present: 0, affirmed: 0 };
  const provenance = { present: 0, affirmed: 0 };
  return {
    add(record) {
      const said: Said = {
        consent: [],
        refusal: [],
        provenance: [],
        group: new Map(),
        label: undefined,
      };
      collect(record, said, roleFor);
      if (said.consent.length + said.refusal.length > 0) consent.present += 1;
      const refused = said.refusal.some((one) => saysYes(one));
      if (!refused && said.consent.length > 0 && said.consent.every((one) => saysYes(one))) {
        consent.affirmed += 1;
      }
      if (said.provenance.length > 0) provenance.present += 1;
      if (said.provenance.some(saysSomething)) provenance.affirmed += 1;
      groups.add(said.group, said.label);
    },
    counts: () => ({
      consent: { ...consent },
      provenance: { ...provenance },
      groups: groups.counts(),
    }),
  };
}

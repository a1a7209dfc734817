/** Records of one group, and how they are labelled. */
export interface GroupCount {
  readonly group: string;
  readonly records: number;
  /** How many carry each label. */
  readonly labels: Readonly<Record<string, number>>;
}

/** The groups of one field that may be a protected characteristic. */
export interface GroupCounts {
  readonly field: string;
  readonly groups: readonly GroupCount[];
  /** True if there were more groups or labels than are counted. */
  readonly truncated: boolean;
}

/** Counts labels by group. */
export interface Groups {
  add(groups: ReadonlyMap<string, unknown>, label: unknown): void;
  counts(): readonly GroupCounts[];
}

const MAX_FIELDS = 16;
const MAX_GROUPS = 32;
const MAX_LABELS = 16;
const MAX_TEXT = 32;

interface Field {
  readonly groups: Map<string, { records: number; labels: Map<string, number> }>;
  readonly labels: Set<string>;
  truncated: boolean;
}

/** A value that names a class; undefined for one that does not. */
function className(value: unknown): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  return text === '' || text.length > MAX_TEXT ? undefined : text;
}

function countIn(field: Field, group: string, label: string | undefined): void {
  let counted = field.groups.get(group);
  if (counted === undefined) {
    if (field.groups.size >= MAX_GROUPS) {
      field.truncated = true;
      return;
    }
    counted = { records: 0, labels: new Map() };
    field.groups.set(group, counted);
  }
  counted.records += 1;
  if (label === undefined) return;
  if (!field.labels.has(label) && field.labels.size >= MAX_LABELS) {
    field.truncated = true;
    return;
  }
  field.labels.add(label);
  counted.labels.set(label, (counted.labels.get(label) ?? 0) + 1);
}

export function createGroups(): Groups {
  const fields = new Map<string, Field>();
  return {
    add(groups, label) {
      for (const [name, value] of groups) {
        const group = className(value);
        if (group === undefined) continue;
        let field = fields.get(name);
        if (field === undefined) {
          if (fields.size >= MAX_FIELDS) continue;
          field = { groups: new Map(), labels: new Set(), truncated: false };
          fields.set(name, field);
        }
        countIn(field, group, className(label));
      }
    },
    counts: () =>
      [...fields].map(([field, { groups, truncated }]) => ({
        field,
        truncated,
        groups: [...groups].map(([group, { records, labels }]) => ({
          ...{ group, records },
          labels: Object.fromEntries(labels),
        })),
      })),
  };
}

/** A member's name in lower snake case, however it was spelled. */
export function snakeCase(name: string): string {
  return name
    .slice(0, 80)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]/g, '_')
    .toLowerCase();
}

const CONSENT =
  /^(?:(?:user|subject|data|gdpr|patient|customer|has|explicit|informed|marketing|processing)_){0,3}(?:consent(?:ed|s)?(?:_(?:given|granted|status|obtained|at|date|time|timestamp))?|opt_?in|opted_in)$/;
const REFUSAL =
  /^(?:[a-z]{1,20}_){0,3}(?:consent_(?:withdrawn|revoked|refused|denied)|opt_?out|opted_out)$/;
const PROVENANCE =
  /^(?:provenance|source|origin|data_?source|data_origin|source_(?:url|uri|id|name|dataset|file|system)|collected_(?:from|by)|collection_(?:source|method)|obtained_from|retrieved_from|original_source)$/;
const GROUP =
  /^(?:gender|sex|race|ethnicity|ethnic_group|religion|disability|nationality|age_(?:group|band|range)|marital_status|sexual_orientation)$/;
const LABEL =
  /^(?:label|target|outcome|decision|class|y|approved|accepted|hired|admitted|granted|selected)$/;

/** The meaning of a field, from its name. */
export type FieldRole = 'consent' | 'refusal' | 'provenance' | 'group' | 'label';

const roles: readonly (readonly [FieldRole, RegExp])[] = [
  ['refusal', REFUSAL],
  ['consent', CONSENT],
  ['provenance', PROVENANCE],
  ['group', GROUP],
  ['label', LABEL],
];

export function roleOf(name: string): FieldRole | undefined {
  const snake = snakeCase(name);
  return roles.find(([, pattern]) => pattern.test(snake))?.[0];
}

const YES =
  /^(?:true|yes|y|1|given|granted|obtained|explicit|informed|accepted|agreed|consented|opt(?:ed)?[-_ ]?in)$/i;
const INSTANT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.{0,20})?$/;
const NOTHING = /^(?:unknown|n\/?a|none|null|nil|undefined|tbd|todo|-{1,3}|\?{1,3})?$/i;

/** Whether a value clearly says yes; `false`, `null` and `pending` do not. */
export function saysYes(value: unknown, depth = 0): boolean {
  if (value === true || value === 1) return true;
  if (typeof value === 'string') return YES.test(value.trim()) || INSTANT.test(value.trim());
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 1)
    return false;
  const inner = ['given', 'granted', 'status', 'value', 'consent'].filter((name) =>
    Object.hasOwn(value, name),
  );
  return inner.length > 0 && inner.every((name) => saysYes(Reflect.get(value, name), depth + 1));
}

/** Whether a value is present and not empty. */
export function saysSomething(value: unknown): boolean {
  if (typeof value === 'string') return !NOTHING.test(value.trim());
  if (typeof value === 'number') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

import { isList, isMap, isNumber } from './value.js';

type Schema = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, string>> = { integer: 'number', array: 'list' };
const kindNamed = (name: string): string => KINDS[name] ?? name;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return isList(value) ? 'list' : isMap(value) ? 'object' : typeof value;
}

/** The kinds a schema allows; `undefined` where it says nothing. */
function kindsOf(schema: Schema): readonly string[] | undefined {
  if (schema.type !== undefined) return [schema.type].flat().map((name) => kindNamed(String(name)));
  if (schema.properties !== undefined) return ['object'];
  if (schema.items !== undefined) return ['list'];
  const constants = schema.const === undefined ? schema.enum : [schema.const];
  if (!isList(constants)) return undefined;
  const kinds = constants.map(kindOf);
  const known = kinds.some((kind) => kind !== 'null');
  return known && !kinds.includes('list') && !kinds.includes('object') ? kinds : undefined;
}

/** The one kind of which every schema's values are, but for null; `undefined` where they differ. */
function sharedKind(schemas: readonly unknown[]): string | undefined {
  const wanted = schemas.map((schema) => {
    const kinds = isMap(schema) ? kindsOf(schema) : undefined;
    const plain = new Set(kinds?.filter((kind) => kind !== 'null'));
    return kinds === undefined || plain.size > 1 ? undefined : ([...plain][0] ?? 'null');
  });
  return new Set(wanted).size === 1 ? wanted[0] : undefined;
}

/**
 * What schemas say together about one field; nothing where one of them says nothing, or where nothing
 * can be there.
 */
export function fieldSchemas(schemas: readonly unknown[], name: string): readonly unknown[] {
  if (sharedKind(schemas) !== 'object') return [];
  const found = (schemas as readonly Schema[]).map(({ properties, additionalProperties }) => {
    if (isMap(properties) && Object.hasOwn(properties, name)) return properties[name];
    return isMap(additionalProperties) ? additionalProperties : undefined;
  });
  return found.includes(undefined) ? [] : found;
}

/** Whether a value is of the type that schemas have in common, with all that is in it or on its own. */
export function fitsSchemas(schemas: readonly unknown[], value: unknown, deep: boolean): boolean {
  const kind = sharedKind(schemas);
  if (kind === undefined) return true;
  const known = schemas as readonly Schema[];
  if (value === null) return known.some((schema) => kindsOf(schema)?.includes('null'));
  if (kind !== kindOf(value)) return false;
  if (kind === 'number') return isNumber(value);
  if (!deep) return true;
  if (isList(value)) {
    const items = known.map((schema) => schema.items);
    return value.every((one) => fitsSchemas(items, one, true));
  }
  if (!isMap(value)) return true;
  return Object.entries(value).every(
    ([name, one]) => one === undefined || fitsSchemas(fieldSchemas(schemas, name), one, true),
  );
}

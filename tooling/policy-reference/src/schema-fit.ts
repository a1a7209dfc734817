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

/** What a schema says about one field; `undefined` where it says nothing, or nothing can be there. */
export function fieldSchema(schema: unknown, name: string): unknown {
  if (!isMap(schema)) return undefined;
  const kinds = new Set(kindsOf(schema)?.filter((kind) => kind !== 'null'));
  if (kinds.size !== 1 || !kinds.has('object')) return undefined;
  const { properties, additionalProperties } = schema;
  if (isMap(properties) && Object.hasOwn(properties, name)) return properties[name];
  return isMap(additionalProperties) ? additionalProperties : undefined;
}

/** Whether a value is of the type that a schema declares, with all that is in it or on its own. */
export function fitsSchema(schema: unknown, value: unknown, deep: boolean): boolean {
  if (!isMap(schema)) return true;
  const kinds = kindsOf(schema);
  const wanted = new Set(kinds?.filter((kind) => kind !== 'null'));
  if (kinds === undefined || wanted.size > 1) return true;
  if (value === null) return kinds.includes('null');
  const [kind] = wanted;
  if (kind !== kindOf(value)) return false;
  if (kind === 'number') return isNumber(value);
  if (!deep) return true;
  if (isList(value)) return value.every((one) => fitsSchema(schema.items, one, true));
  if (!isMap(value)) return true;
  return Object.entries(value).every(([name, one]) => {
    const field = fieldSchema(schema, name);
    return field === undefined || one === undefined || fitsSchema(field, one, true);
  });
}

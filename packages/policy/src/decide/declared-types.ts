import { type DeclaredTypes, FIXED_TYPES, isOfType, type StaticType } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { PolicyBundle } from '../bundle/bundle.js';
import { declaredIn } from '../bundle/fact-type.js';

/** The types that are declared for a request; `undefined` where everything fits them. */
export type TypesFor = (request: PolicyRequest) => DeclaredTypes | undefined;

type TypesByName = Readonly<Record<string, StaticType>>;

/** What is declared for a request, beside what is the same for each. */
interface Declared {
  readonly args: StaticType | undefined;
  readonly facts: TypesByName;
}

/** Prepares the types of a bundle's tools and facts. */
export function createDeclaredTypes(bundle: Pick<PolicyBundle, 'tools' | 'facts'>): TypesFor {
  const { tools, facts } = declaredIn(bundle);
  const plain: Declared = { facts, args: undefined };
  const called = new Map<string, Declared>();
  const answered = new Map<string, Declared>();
  for (const [name, { args, result }] of tools) {
    const ofCall = { facts, args };
    called.set(name, ofCall);
    answered.set(name, result === undefined ? ofCall : { ...ofCall, facts: { ...facts, result } });
  }
  return (request) => {
    const isAnswered = request.service === 'sf_govern' && request.control === 'tool_result';
    const declared =
      typeof request.tool === 'string'
        ? (isAnswered ? answered : called).get(request.tool)
        : undefined;
    return fits(request, declared ?? plain) ? undefined : typesOf(declared ?? plain);
  };
}

function typesOf({ args, facts }: Declared): DeclaredTypes {
  return {
    ...FIXED_TYPES,
    facts: { kind: 'object', fields: facts },
    ...(args === undefined ? {} : { args }),
  };
}

/** Most requests fit: for them no type has to be looked up again. */
function fits(request: PolicyRequest, { args, facts }: Declared): boolean {
  try {
    return (
      isTyped(request) &&
      (args === undefined || request.args === undefined || isOfType(request.args, args)) &&
      areOfTypes(request.facts, facts)
    );
  } catch {
    // What cannot be read here cannot be read by a condition either, and that is told there.
    return false;
  }
}

function areOfTypes(facts: unknown, types: TypesByName): boolean {
  if (facts === undefined) return true;
  if (!isMap(facts)) return false;
  return Object.keys(facts).every((name) => {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    return type === undefined || facts[name] === undefined || isOfType(facts[name], type);
  });
}

/** Whether the fixed parts are of the types in `FIXED_TYPES`. */
function isTyped(request: PolicyRequest): boolean {
  const { actor, agent, observed, context } = request;
  return (
    isText(request.tool) &&
    isText(request.resource) &&
    isText(request.action) &&
    isText(request.env) &&
    isTexts(request.labels) &&
    (actor === undefined || (isMap(actor) && isText(actor.id) && isTexts(actor.roles))) &&
    (agent === undefined || (isMap(agent) && isText(agent.id) && isTexts(agent.capabilities))) &&
    (observed === undefined || Number.isFinite(observed)) &&
    (context === undefined || isMap(context))
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

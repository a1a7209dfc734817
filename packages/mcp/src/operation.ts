import { member, type PlainObject } from './plain.js';

/** A request that is governed, in the terms of a governed call. */
export interface Operation {
  readonly kind: 'tool' | 'resource' | 'prompt';
  /** The tool's own name, or `resource:read`, `resource:subscribe`, `prompt:get`. */
  readonly name: string;
  readonly args: PlainObject;
  /** The parameters to hand on, with the arguments as they were decided about. */
  readonly params: (args: PlainObject) => PlainObject;
}

/** Why a request that should be governed cannot be read. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly why: string;
}

const GOVERNED = new Set(['tools/call', 'resources/read', 'resources/subscribe', 'prompts/get']);

/** True for a request that must not pass without a decision. */
export function isGoverned(method: string): boolean {
  return GOVERNED.has(method);
}

/** Names of this package's own; a tool of a server cannot take them. */
export function isReserved(name: string): boolean {
  return /^(resource|prompt|tool|task|unreadable|notification|duplicate):/.test(name);
}

const unreadable = (why: string): Unreadable => ({ kind: 'unreadable', why });

function callTool(params: PlainObject): Operation | Unreadable {
  const name = member(params, 'name');
  if (typeof name !== 'string' || name === '') return unreadable('the tool has no name');
  const given = member(params, 'arguments');
  if (
    given !== undefined &&
    (typeof given !== 'object' || given === null || Array.isArray(given))
  ) {
    return unreadable('the arguments are not an object');
  }
  return {
    kind: 'tool',
    // No tool is ever registered under this name, so the call ends as one of an unknown tool.
    name: isReserved(name) ? `tool:${name}` : name,
    args: (given ?? {}) as PlainObject,
    params: (args) => (given === undefined ? params : { ...params, arguments: args }),
  };
}

function onResource(params: PlainObject, name: string): Operation | Unreadable {
  const uri = member(params, 'uri');
  if (typeof uri !== 'string' || uri === '') return unreadable('the resource has no URI');
  return {
    kind: 'resource',
    name,
    args: { uri },
    params: (args) => ({ ...params, uri: args.uri }),
  };
}

function getPrompt(params: PlainObject): Operation | Unreadable {
  const name = member(params, 'name');
  if (typeof name !== 'string' || name === '') return unreadable('the prompt has no name');
  const given = member(params, 'arguments');
  const args = given === undefined ? { name } : { name, arguments: given };
  return {
    kind: 'prompt',
    name: 'prompt:get',
    args,
    params: (decided) => ({ ...params, ...decided }),
  };
}

/** Reads a governed request as a governed call. */
export function readOperation(method: string, params: unknown): Operation | Unreadable {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    return unreadable('there are no parameters');
  }
  const given = params as PlainObject;
  switch (method) {
    case 'tools/call':
      return callTool(given);
    case 'resources/read':
      return onResource(given, 'resource:read');
    case 'resources/subscribe':
      return onResource(given, 'resource:subscribe');
    case 'prompts/get':
      return getPrompt(given);
    default:
      return unreadable('nothing of that name is governed');
  }
}

/** The resource of an operation, unless the operator says otherwise. */
export function resourceOf({ kind, name }: Pick<Operation, 'kind' | 'name'>) {
  if (kind === 'resource') return (args: PlainObject): string => String(args.uri);
  if (kind === 'prompt') return (args: PlainObject): string => String(args.name);
  return name;
}

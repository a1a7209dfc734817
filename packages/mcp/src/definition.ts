import { createHash } from 'node:crypto';
import { isPlainObject, member, type PlainObject, sortedJson } from './plain.js';

/** A tool as its server lists it. */
export interface ToolDefinition extends PlainObject {
  readonly name: string;
}

/** The parts of a definition that tell a model or a client how to use the tool. */
const PINNED = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
  'execution',
];

const MAX_NAME = 512;

/** True for a tool whose name can be recorded. */
export function isToolDefinition(value: unknown): value is ToolDefinition {
  const name = member(value, 'name');
  return (
    isPlainObject(value) && typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME
  );
}

/** The pinned parts of a tool, as JSON with sorted keys. */
export function definitionText(tool: ToolDefinition): string {
  const pinned = PINNED.filter((key) => member(tool, key) !== undefined);
  return sortedJson(Object.fromEntries(pinned.map((key) => [key, member(tool, key)])));
}

/** SHA-256, in hex, over the canonical name, title, description, schemas and annotations of a tool. */
export function definitionDigest(tool: ToolDefinition): string {
  const pinned = PINNED.map((key) => [key, member(tool, key) ?? null]);
  return createHash('sha256').update(sortedJson(pinned)).digest('hex');
}

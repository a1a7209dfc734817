import { isPlainObject, member, type PlainObject } from './plain.js';

/** A text block of whatever a mask left. */
export function textBlock(view: unknown): PlainObject {
  return { type: 'text', text: textOf(view) };
}

const textOf = (view: unknown): string => (typeof view === 'string' ? view : JSON.stringify(view));

/** A mask in the place of bytes is no longer base64. */
const isBase64 = (value: unknown): boolean =>
  typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);

/** A content block as clients accept it: one whose form a mask took away becomes a text. */
export function blockOf(masked: unknown): PlainObject {
  if (!isPlainObject(masked)) return textBlock(masked);
  const { type, text, data, mimeType, resource, name, uri } = masked;
  switch (type) {
    case 'text':
      return typeof text === 'string' ? masked : textBlock(text);
    case 'image':
    case 'audio':
      return isBase64(data) && typeof mimeType === 'string' ? masked : textBlock(data);
    case 'resource':
      return { ...masked, resource: contentOf(resource, undefined) };
    case 'resource_link':
      return typeof name === 'string' && typeof uri === 'string' ? masked : textBlock(uri);
    default:
      return masked;
  }
}

/** One content of a resource: a text or bytes, under its URI. */
function contentOf(masked: unknown, uri: unknown): PlainObject {
  const known = typeof uri === 'string' ? uri : '';
  if (!isPlainObject(masked)) return { uri: known, text: textOf(masked) };
  const { text, blob, uri: own, _meta, ...rest } = masked;
  const named = { ...rest, uri: typeof own === 'string' ? own : known };
  const meta = isPlainObject(_meta) ? { _meta } : {};
  if (blob !== undefined && isBase64(blob)) return { ...named, blob, ...meta };
  return { ...named, text: textOf(text ?? blob ?? ''), ...meta };
}

const uriOf = (original: unknown, at: number): unknown => {
  const contents = member(original, 'contents');
  return Array.isArray(contents) ? member(contents[at] ?? contents[0], 'uri') : undefined;
};

function resourceResult(masked: unknown, original: unknown, uri: unknown): unknown {
  const named = (at: number): unknown => uriOf(original, at) ?? uri;
  if (!isPlainObject(masked)) return { contents: [contentOf(masked, named(0))] };
  const { contents } = masked;
  const list = Array.isArray(contents) ? contents : [contents ?? ''];
  return { ...withMeta(masked), contents: list.map((one, at) => contentOf(one, named(at))) };
}

function promptResult(masked: unknown): unknown {
  const message = (one: unknown): PlainObject => {
    if (!isPlainObject(one)) return { role: 'user', content: textBlock(one) };
    const role = one.role === 'assistant' ? 'assistant' : 'user';
    return { ...one, role, content: blockOf(one.content ?? '') };
  };
  if (!isPlainObject(masked)) return { messages: [message(masked)] };
  const { messages } = masked;
  const list = Array.isArray(messages) ? messages : [messages ?? ''];
  return { ...withMeta(masked), messages: list.map(message) };
}

function withMeta({ _meta, ...rest }: PlainObject): PlainObject {
  return isPlainObject(_meta) ? { ...rest, _meta } : rest;
}

/**
 * Gives what was masked the form of its result again: clients refuse a resource or a prompt that is a
 * bare text.
 *
 * @param original What the server answered, if it is known.
 */
export function formResult(
  { name, args }: { readonly name: string; readonly args: PlainObject },
  masked: unknown,
  original: unknown,
): unknown {
  if (name === 'resource:read') return resourceResult(masked, original, args.uri);
  if (name === 'prompt:get') return promptResult(masked);
  return isPlainObject(masked) ? masked : {};
}

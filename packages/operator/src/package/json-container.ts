import {
  canonicalize,
  equalBytes,
  fromBase64,
  fromUtf8,
  parseJson,
  SigningError,
  toBase64,
  utf8,
} from '@spanforge/core-signing';
import { z } from 'zod';
import {
  createMemberSink,
  DEFAULT_LIMITS,
  type EvidencePackage,
  malformedError,
  type PackageLimits,
  sortedNames,
  tooLargeError,
} from './members.js';

const VERSION = 'spanforge.package.v1';

const schema = z.strictObject({
  v: z.literal(VERSION),
  files: z.record(
    z.string(),
    z.union([z.strictObject({ text: z.string() }), z.strictObject({ base64: z.string() })]),
  ),
});

/** Text where the bytes are UTF-8 that reads back the same, base64 otherwise. */
function wireOf(bytes: Uint8Array): { text: string } | { base64: string } {
  try {
    return { text: fromUtf8(bytes) };
  } catch (error) {
    if (SigningError.is(error)) return { base64: toBase64(bytes) };
    throw error;
  }
}

/**
 * A package as one JSON document, in canonical form (RFC 8785) and ended by a newline: the same
 * members always give the same bytes.
 */
export function packageToJson(pkg: EvidencePackage): string {
  const files: [string, unknown][] = [];
  for (const name of sortedNames(pkg))
    files.push([name, wireOf(pkg.get(name) ?? new Uint8Array())]);
  return `${canonicalize({ v: VERSION, files: Object.fromEntries(files) }, { maxLength: 2 ** 29 })}\n`;
}

function parse(input: string, maxBytes: number): z.infer<typeof schema> {
  try {
    return schema.parse(parseJson(input, { maxBytes }));
  } catch (cause) {
    throw malformedError('not_a_package_document', undefined, cause);
  }
}

/**
 * Reads the JSON form of a package. Only the exact form {@link packageToJson} writes is taken: a
 * document that was formatted, reordered or spelled differently is refused.
 *
 * @throws {OperatorError} `OPERATOR_PACKAGE_MALFORMED`, `OPERATOR_PACKAGE_TOO_LARGE`.
 */
export function packageFromJson(
  input: string | Uint8Array,
  limits: PackageLimits = {},
): EvidencePackage {
  const maxBytes = limits.maxBytes ?? DEFAULT_LIMITS.maxBytes;
  if (input.length > maxBytes) throw tooLargeError('maxBytes', maxBytes);
  const bytes = typeof input === 'string' ? utf8(input) : input;
  let text: string;
  try {
    text = fromUtf8(bytes);
  } catch (cause) {
    throw malformedError('not_utf8', undefined, cause);
  }
  const sink = createMemberSink(limits);
  for (const [name, content] of Object.entries(parse(text, maxBytes).files)) {
    sink.claim(name, 'text' in content ? content.text.length : content.base64.length);
    sink.members.set(name, 'text' in content ? utf8(content.text) : decode(content.base64, name));
  }
  if (!equalBytes(utf8(packageToJson(sink.members)), bytes)) throw malformedError('not_canonical');
  return sink.members;
}

function decode(base64: string, name: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch (cause) {
    throw malformedError('not_base64', name, cause);
  }
}

import type { PolicyBundle } from './bundle/bundle.js';
import { type ParseOptions, readBundle } from './bundle/parse.js';
import { readJson, readYaml } from './yaml/document.js';

/**
 * Reads a bundle from YAML 1.2: one document of at most 256 KiB, in which any warning is an error.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every problem: code, file, line, column, path.
 */
export function parseBundleYaml(text: string, options: ParseOptions = {}): PolicyBundle {
  const { value, locate } = readYaml(text, options.file);
  return readBundle(value, options, locate);
}

/**
 * Reads a bundle from strict JSON (RFC 8259, no duplicate keys) of at most 256 KiB.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every problem: code, file, line, column, path.
 */
export function parseBundleJson(text: string, options: ParseOptions = {}): PolicyBundle {
  const { value, locate } = readJson(text, options.file);
  return readBundle(value, options, locate);
}

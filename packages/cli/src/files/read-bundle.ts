import type { PolicyBundle } from '@spanforge/policy';
import { parseBundleJson, parseBundleYaml } from '@spanforge/policy/yaml';
import { readText } from './read.js';

const MAX_BUNDLE_BYTES = 256 * 1024;

/**
 * Reads a bundle from a YAML or JSON file, once.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`.
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every problem and its place.
 */
export async function readBundle(file: string): Promise<PolicyBundle> {
  const text = await readText(file, MAX_BUNDLE_BYTES);
  return file.endsWith('.json') ? parseBundleJson(text, { file }) : parseBundleYaml(text, { file });
}

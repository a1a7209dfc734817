import type { PolicyBundle } from '@spanforge/policy';
import { parseBundleJson, parseBundleYaml } from '@spanforge/policy/yaml';
import { readText } from './read.js';

const MAX_BUNDLE_BYTES = 256 * 1024;
const HINT =
  'bundles are read as text up to 256 KiB; pass a larger one as an object to the library';

/** Reads the text of a bundle. @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`. */
export const readBundleFile = (file: string): Promise<string> =>
  readText(file, MAX_BUNDLE_BYTES, HINT);

/**
 * Reads a bundle from a YAML or JSON file, once.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`.
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every problem and its place.
 */
export async function readBundle(file: string): Promise<PolicyBundle> {
  const text = await readBundleFile(file);
  return file.endsWith('.json') ? parseBundleJson(text, { file }) : parseBundleYaml(text, { file });
}

import type { PolicyBundle } from '@spanforge/policy';
import { parseBundleJson, parseBundleYaml } from '@spanforge/policy/yaml';
import { readBundleFile } from '../files/read-bundle.js';

/**
 * Reads a bundle together with its text, so that findings can show their places.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`.
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every problem and its place.
 */
export async function readBundleText(
  file: string,
): Promise<{ readonly bundle: PolicyBundle; readonly text: string }> {
  const text = await readBundleFile(file);
  const parse = file.endsWith('.json') ? parseBundleJson : parseBundleYaml;
  return { bundle: parse(text, { file }), text };
}

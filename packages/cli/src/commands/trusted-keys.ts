import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import {
  importVerificationKey,
  parseJson,
  parseJwks,
  parseVkey,
  SigningError,
} from '@spanforge/core-signing';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import type { CommandIo } from '../io.js';

/** Parses the text as a key, so that an error can name its file. */
function checkKey(text: string): void {
  if (!text.startsWith('{')) {
    for (const line of text.split('\n')) parseVkey(line.trim());
    return;
  }
  const value = parseJson(text);
  const isSet = typeof value === 'object' && value !== null && 'keys' in value;
  if (isSet) parseJwks(text);
  else importVerificationKey(value);
}

async function readKey(file: string): Promise<string> {
  const text = (await readText(file)).trim();
  try {
    checkKey(text);
    return text;
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    const { line, column } = cause.details;
    const place =
      typeof line === 'number' && typeof column === 'number' ? { line, column } : undefined;
    const where = place ? `${file}:${place.line}:${place.column}` : file;
    throw new CliError(
      'CLI_INPUT_INVALID',
      `${where}: not a public key, JWK Set or vkey: ${cause.message}`,
      { details: { file, ...place, reason: cause.code }, cause },
    );
  }
}

/** Refuses a key from inside the package, which would prove nothing. */
async function refuseInside(file: string, packagePath: string): Promise<void> {
  const [key, folder] = await Promise.all([file, packagePath].map((path) => realpath(path)));
  if (key?.startsWith(`${folder}${sep}`) !== true) return;
  throw new CliError(
    'CLI_USAGE',
    `${file}: expected a key from outside the package; a key inside it proves nothing`,
    {
      details: { file },
    },
  );
}

/**
 * Reads the trusted keys of a verification, as text.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`; `CLI_INPUT_INVALID` with the file, and line and column
 *   where it is JSON; `CLI_USAGE` for a key out of the package itself.
 */
export async function readTrustedKeys(
  io: CommandIo,
  files: readonly string[],
  packagePath: string,
): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const file of files.map((name) => resolve(io.cwd, name))) {
    keys.push(await readKey(file));
    await refuseInside(file, packagePath).catch((error) => {
      if (CliError.is(error)) throw error;
    });
  }
  return keys;
}

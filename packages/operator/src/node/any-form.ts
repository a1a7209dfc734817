import { realpath, stat } from 'node:fs/promises';
import { utf8 } from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { packageFromJson, packageToJson } from '../package/json-container.js';
import {
  DEFAULT_LIMITS,
  type EvidencePackage,
  malformedError,
  type PackageLimits,
} from '../package/members.js';
import { packageFromZip } from '../package/zip-container.js';
import { packageToZip } from '../package/zip-format.js';
import { createLedger, type VerificationReport } from '../verify/report.js';
import { type VerifyOptions, verifyPackage } from '../verify/verify-package.js';
import { readPackageFolder, readRegularFile, writePackageFolder } from './folder.js';
import { fileFailedError, placeAtomically, writeNew } from './target.js';

/**
 * Writes a package in the form its path asks for: `.json` one document, `.zip` a zip, anything else
 * a folder. Written beside the target with mode 0600 (0700), flushed, renamed.
 *
 * @throws {OperatorError} `OPERATOR_TARGET_REFUSED` when the target is there and is not empty, or is
 *   a link; `OPERATOR_FILE_FAILED`.
 */
export async function writePackage(path: string, pkg: EvidencePackage): Promise<void> {
  if (path.endsWith('.json')) {
    await placeAtomically(path, 'file', (file) => writeNew(file, utf8(packageToJson(pkg))));
  } else if (path.endsWith('.zip')) {
    await placeAtomically(path, 'file', (file) => writeNew(file, packageToZip(pkg)));
  } else {
    await writePackageFolder(path, pkg);
  }
}

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((character, at) => bytes[at] === character.charCodeAt(0));

async function readAnyForm(path: string, limits: PackageLimits): Promise<EvidencePackage> {
  const place = await realpath(path);
  if ((await stat(place)).isDirectory()) return readPackageFolder(place, limits);
  const bytes = await readRegularFile(place, limits.maxBytes ?? DEFAULT_LIMITS.maxBytes);
  if (startsWith(bytes, 'PK')) return packageFromZip(bytes, limits);
  if (startsWith(bytes, '{')) return packageFromJson(bytes, limits);
  throw malformedError('neither_zip_nor_json');
}

/**
 * Reads a package in whichever form is there: a folder, a zip or a JSON document, told apart by
 * what they hold and not by name.
 *
 * @throws {OperatorError} `OPERATOR_PACKAGE_MALFORMED`, `OPERATOR_PACKAGE_TOO_LARGE`,
 *   `OPERATOR_FILE_FAILED`.
 */
export async function readPackage(
  path: string,
  limits: PackageLimits = {},
): Promise<EvidencePackage> {
  try {
    return await readAnyForm(path, limits);
  } catch (error) {
    throw OperatorError.is(error) ? error : fileFailedError(error);
  }
}

const VERDICTS = {
  OPERATOR_PACKAGE_MALFORMED: 'invalid',
  OPERATOR_PACKAGE_TOO_LARGE: 'unsupported',
} as const;

/**
 * Reads and verifies in one: a container that is refused is `invalid`, one beyond the limits
 * `unsupported`, a file that cannot be read `failed`. Never rejects.
 */
export async function verifyPackageAt(
  path: string,
  options: VerifyOptions,
): Promise<VerificationReport> {
  let pkg: EvidencePackage;
  try {
    pkg = await readPackage(path, options.limits);
  } catch (error) {
    const ledger = createLedger();
    const { code, details } = OperatorError.is(error) ? error : fileFailedError(error);
    const verdict = Object.hasOwn(VERDICTS, code)
      ? VERDICTS[code as keyof typeof VERDICTS]
      : 'failed';
    const reason = String(details.reason ?? details.limit ?? details.code ?? code);
    const file = typeof details.file === 'string' ? { file: details.file } : {};
    ledger.fail(verdict, 'container', { ...file, reason });
    return ledger.report();
  }
  return verifyPackage(pkg, options);
}

import {
  DEFAULT_LIMITS,
  type EvidencePackage,
  isKnownMember,
  isSafeName,
  type PackageLimits,
  REQUIRED,
} from '../package/members.js';
import type { VerificationLedger } from './report.js';

/** Counts files and bytes before any of them is read. */
export function withinLimits(
  pkg: EvidencePackage,
  limits: PackageLimits,
  ledger: VerificationLedger,
): boolean {
  const { maxBytes, maxFiles } = { ...DEFAULT_LIMITS, ...limits };
  let bytes = 0;
  for (const content of pkg.values()) bytes += content.length;
  ledger.counts.files = pkg.size;
  if (pkg.size <= maxFiles && bytes <= maxBytes) return true;
  ledger.fail('unsupported', 'members', { reason: 'package_too_large' });
  return false;
}

/** Names and sizes, before anything is read. */
export function checkMembers(
  pkg: EvidencePackage,
  limits: PackageLimits,
  ledger: VerificationLedger,
): boolean {
  if (!withinLimits(pkg, limits, ledger)) return false;
  for (const name of pkg.keys()) {
    if (isKnownMember(name)) continue;
    const reason = isSafeName(name) ? 'unknown_file' : 'unsafe_name';
    ledger.fail('invalid', 'members', isSafeName(name) ? { file: name, reason } : { reason });
  }
  for (const file of REQUIRED) {
    if (!pkg.has(file)) ledger.fail('invalid', 'members', { file, reason: 'missing_file' });
  }
  if (ledger.clean('members'))
    ledger.pass('members', `${pkg.size} files, none unknown, none missing`);
  return true;
}

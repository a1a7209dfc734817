import { createLiteralFinder } from '../literals.js';
import type { Candidate, SearchedText } from '../source.js';
import type { SecretType } from '../types.js';
import { findAssignedSecrets } from './assigned.js';
import {
  CONNECTION_LITERALS,
  findAzureSecrets,
  findConnectionStrings,
  findUrlCredentials,
} from './connection.js';
import { ENCODED_LITERALS, findEncodedSecrets } from './encoded.js';
import { findLogins, LOGIN_LITERALS } from './login.js';
import { findPrivateKeys, KEY_LITERALS } from './private-key.js';
import { findBearerTokens, findJwts, findServiceAccounts, TOKEN_LITERALS } from './token.js';
import { findVendorTokens, vendorLiterals } from './vendor.js';

const findLiterals = createLiteralFinder([
  ...vendorLiterals,
  ...CONNECTION_LITERALS,
  ...TOKEN_LITERALS,
  ...KEY_LITERALS,
  ...ENCODED_LITERALS,
  ...LOGIN_LITERALS,
]);

/** Every secret that a detector believes in; of two that are alike, the more specific first. */
export function findSecrets(source: SearchedText): readonly Candidate<SecretType>[] {
  source.occurrences = findLiterals(source);
  return [
    ...findVendorTokens(source),
    ...findPrivateKeys(source),
    ...findServiceAccounts(source),
    ...findUrlCredentials(source),
    ...findConnectionStrings(source),
    ...findAzureSecrets(source),
    ...findBearerTokens(source),
    ...findJwts(source),
    ...findEncodedSecrets(source),
    ...findLogins(source),
    ...findAssignedSecrets(source),
  ];
}

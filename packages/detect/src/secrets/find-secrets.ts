import type { Candidate, Source } from '../source.js';
import type { SecretType } from '../types.js';
import { findAzureSecrets, findConnectionStrings, findUrlCredentials } from './connection.js';
import { findGenericKeys } from './generic.js';
import { findPrivateKeys } from './private-key.js';
import { findBearerTokens, findJwts, findServiceAccounts } from './token.js';
import { findVendorTokens } from './vendor.js';

/** Every secret that a detector believes in; of two that are alike, the more specific first. */
export function findSecrets(source: Source): readonly Candidate<SecretType>[] {
  return [
    ...findVendorTokens(source),
    ...findPrivateKeys(source),
    ...findServiceAccounts(source),
    ...findUrlCredentials(source),
    ...findConnectionStrings(source),
    ...findAzureSecrets(source),
    ...findBearerTokens(source),
    ...findJwts(source),
    ...findGenericKeys(source),
  ];
}

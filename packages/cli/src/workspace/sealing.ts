import { createVault, sealStore, type Vault } from '@spanforge/enterprise';
import { createFileKeyStore, createFileKms } from '@spanforge/enterprise/node';
import type { SqliteStore } from '@spanforge/store-sqlite';
import type { WorkspaceConfig, WorkspacePaths } from './config.js';

/** The store of a workspace as it is used, and the vault its values are sealed in where it is sealed. */
export interface OpenedStore {
  readonly store: SqliteStore;
  readonly vault?: Vault;
}

/** Puts the store behind the vault of a sealed workspace; leaves that of another as it is. */
export function openVault(
  store: SqliteStore,
  { sealed }: WorkspaceConfig,
  { kms, subjectKeys }: WorkspacePaths,
): OpenedStore {
  if (sealed !== true) return { store };
  const vault = createVault({ kms: createFileKms(kms), keys: createFileKeyStore(subjectKeys) });
  return { store: sealStore(store, { vault }), vault };
}

import { createVault, sealStore, type Vault } from '@spanforge/enterprise';
import { createFileKeyStore, createFileKms } from '@spanforge/enterprise/node';
import type { SqliteStore } from '@spanforge/store-sqlite';
import type { WorkspaceConfig, WorkspacePaths } from './config.js';

/** The store of a workspace, and the vault that seals its values if the workspace is sealed. */
export interface OpenedStore {
  readonly store: SqliteStore;
  readonly vault?: Vault;
}

/**
 * Puts the vault in front of the store of a sealed workspace; returns any other store unchanged.
 */
export function openVault(
  store: SqliteStore,
  { sealed }: WorkspaceConfig,
  { kms, subjectKeys }: WorkspacePaths,
): OpenedStore {
  if (sealed !== true) return { store };
  const vault = createVault({ kms: createFileKms(kms), keys: createFileKeyStore(subjectKeys) });
  return { store: sealStore(store, { vault }), vault };
}

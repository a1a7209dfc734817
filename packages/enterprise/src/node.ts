export { createFileKeyStore } from './node/file-key-store.js';
export { createFileKms, type FileKms } from './node/file-kms.js';

export { createFileKeyStore } from './node/file-key-store.js';
export { createFileKms, type FileKms } from './node/file-kms.js';
export { createHostProbes, type HostProbeOptions } from './node/probes.js';

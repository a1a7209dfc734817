export { createFileMark } from './node/file-mark.js';
export { createLeaseClock } from './node/lease-clock.js';
export { syncFolder } from './node/sync-folder.js';

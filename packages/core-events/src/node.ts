export { createFileMark } from './node/file-mark.js';

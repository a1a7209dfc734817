export { type ArchiveSinkOptions, createArchiveSink } from './node/archive.js';
export { createFileCursor } from './node/file-cursor.js';
export { createLinesSink, type LinesSinkOptions } from './node/lines.js';
export { createSyslogSink, type SyslogSinkOptions } from './node/syslog.js';
export {
  type ArchiveReport,
  type VerifyArchiveOptions,
  verifyArchive,
} from './node/verify-archive.js';

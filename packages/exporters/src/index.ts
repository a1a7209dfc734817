export { type CefOptions, toCef } from './cef.js';
export type { ContentOption } from './content.js';
export {
  type CursorStore,
  createMemoryCursor,
  type ExportCursor,
  formatCursor,
  parseCursor,
} from './cursor.js';
export { ExportError, type ExportErrorCode, type ExportErrorDetails } from './error.js';
export { createExporter, type Exporter } from './exporter.js';
export { createHecSink, type HecSinkOptions, hecEvent } from './hec.js';
export { createHttpSink, type HttpSinkOptions } from './http-sink.js';
export type { ExporterOptions, ExporterStatus, ExportFilter } from './model.js';
export { OCSF_VERSION, type OcsfEvent, type OcsfOptions, toOcsf } from './ocsf.js';
export type { Fetch } from './post.js';
export type { EgressGuard, EgressTarget, ExportedValue, ExportRecord, Sink } from './sink.js';

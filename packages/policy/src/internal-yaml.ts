/** The reading of YAML and JSON behind `/yaml`, for SpanForge's own packages above this one. */
export { readJson, readYaml } from './yaml/document.js';

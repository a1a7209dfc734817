export { type Position, YamlError, type YamlProblem, type YamlProblemCode } from './error.js';
export type { YamlLimits } from './limits.js';
export type { Locate, Part } from './locate.js';
export { type PlainDocument, readJson, readYaml } from './read.js';
export { writeYaml, type YamlLayout, type YamlPath } from './write.js';

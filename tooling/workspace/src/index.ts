export { type Entry, entries, privateImport } from './entries.js';
export { type CodeBlock, firstCodeBlock } from './readme.js';
export {
  type Manifest,
  readWorkspace,
  repositoryRoot,
  type WorkspacePackage,
} from './workspace.js';

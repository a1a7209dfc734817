import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { entryPoints } from './entry-points.js';
import { readReference } from './reference.js';

const root = repositoryRoot();
const folder = join(root, 'dist-docs/api');
const reference = await readReference(root, entryPoints(readWorkspace(root, ['packages'])));
await reference.write(folder);
console.log(`${reference.modules.length} modules: open dist-docs/api/index.html`);

// Writes schemas/*.json anew from the schemas that validate. Build the package first.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemas } from '../dist/index.js';

const folder = join(import.meta.dirname, '../schemas');
const schemas = jsonSchemas();
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (!schemas.has(file)) rmSync(join(folder, file));
for (const [file, schema] of schemas) {
  writeFileSync(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
}
console.log(`${schemas.size} schemas`);

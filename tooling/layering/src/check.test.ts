import { describe, expect, it } from 'vitest';
import { failuresOf, manifestOf } from './fixture-tree.js';

const signing = {
  'packages/core-signing/package.json': manifestOf('core-signing'),
  'packages/core-signing/src/index.ts': 'export const digest = 1;\n',
};
const onSigning = { dependencies: { '@spanforge/core-signing': 'workspace:^' } };
const useSigning = "import { digest } from '@spanforge/core-signing';\n";
const events = {
  'packages/core-events/package.json': manifestOf('core-events', onSigning, ['log']),
  'packages/core-events/src/index.ts': useSigning,
  'packages/core-events/src/log.ts': 'export const log = 1;\n',
};

describe('a tree that keeps the rules', () => {
  it('has no failures', () => {
    expect(failuresOf({ ...signing, ...events })).toEqual([]);
  });

  it('may take a type-only dependency, and test with a development dependency', () => {
    const manifest = manifestOf('scope', {
      dependencies: { '@spanforge/core-events': 'workspace:^' },
      devDependencies: { 'fast-check': '^4.0.0', tsup: '^8.0.0', '@types/node': '^20.0.0' },
      scripts: { build: 'tsup' },
    });
    const tree = {
      'packages/scope/package.json': manifest,
      'packages/scope/src/index.ts': "export type { Log } from '@spanforge/core-events/log';\n",
      'packages/scope/src/a.test.ts': "import fc from 'fast-check';\n",
    };
    expect(failuresOf({ ...signing, ...events, ...tree })).toEqual([]);
  });
});

describe('floors', () => {
  it('refuses an arrow that points up, in the source and in the manifest', () => {
    const tree = {
      'packages/core-signing/package.json': manifestOf('core-signing', {
        dependencies: { '@spanforge/core-events': 'workspace:^' },
      }),
      'packages/core-signing/src/index.ts': "\nimport '@spanforge/core-events';\n",
    };
    expect(failuresOf({ ...events, ...tree })).toEqual(
      expect.arrayContaining([
        'packages/core-signing/package.json:10 floor-violation',
        'packages/core-signing/src/index.ts:2 floor-violation',
      ]),
    );
  });

  const scopeOnRbac = (section: string, file: string) => ({
    'packages/rbac/package.json': manifestOf('rbac'),
    'packages/rbac/src/index.ts': '',
    'packages/scope/package.json': manifestOf('scope', {
      [section]: { '@spanforge/rbac': 'workspace:^' },
    }),
    [`packages/scope/src/${file}`]: "import '@spanforge/rbac';\n",
  });

  it.each([
    ['dependencies', 'index.ts'],
    ['devDependencies', 'index.test.ts'],
  ])('refuses a neighbour in %s', (section, file) => {
    expect(failuresOf(scopeOnRbac(section, file))).toEqual([
      'packages/scope/package.json:10 cross-floor',
      `packages/scope/src/${file}:1 cross-floor`,
    ]);
  });

  it('refuses a lower package that the table does not list, except in tests', () => {
    const tree = (section: string, file: string) => ({
      'packages/condition/package.json': manifestOf('condition'),
      'packages/condition/src/index.ts': '',
      'packages/scope/package.json': manifestOf('scope', {
        [section]: { '@spanforge/condition': 'workspace:^' },
      }),
      [`packages/scope/src/${file}`]: "import '@spanforge/condition';\n",
    });
    expect(failuresOf(tree('dependencies', 'index.ts'))).toContain(
      'packages/scope/src/index.ts:1 floor-violation',
    );
    expect(failuresOf(tree('devDependencies', 'a.test.ts'))).toEqual([]);
  });

  it('refuses a package that has no floor, and a name that is not its folder', () => {
    expect(
      failuresOf({
        'packages/surprise/package.json': manifestOf('surprise'),
        'packages/scope/package.json': manifestOf('scopes'),
      }),
    ).toEqual([
      'packages/scope/package.json:1 wrong-name',
      'packages/surprise/package.json:1 unknown-package',
    ]);
  });
});

describe('manifests', () => {
  const withSource = (sections: object, source: string, file = 'src/index.ts') => ({
    'packages/scope/package.json': manifestOf('scope', sections, ['yaml']),
    [`packages/scope/${file}`]: source,
  });

  it('refuses what is imported and not declared, or declared for tests only', () => {
    const zod = "import { z } from 'zod';\n";
    expect(failuresOf(withSource({}, zod))).toEqual(['packages/scope/src/index.ts:1 undeclared']);
    expect(failuresOf(withSource({ devDependencies: { zod: '^4.0.0' } }, zod))).toEqual([
      'packages/scope/src/index.ts:1 undeclared',
    ]);
  });

  it.each([
    "export type { ZodType } from 'zod';\n",
    "export type A = import('zod').ZodType;\n",
    "export const a = () => import('zod');\n",
    "export const a = require('zod');\n",
    "export const a = import.meta.resolve('zod');\n",
    "export const a = createRequire(import.meta.url).resolve('zod');\n",
    "import z = require('zod');\n",
  ])('sees every form of import: %s', (source) => {
    expect(failuresOf(withSource({}, source))).toEqual([
      'packages/scope/src/index.ts:1 undeclared',
    ]);
    expect(failuresOf(withSource({ dependencies: { zod: '^4.0.0' } }, source))).toEqual([]);
  });

  it('refuses what is declared and not imported', () => {
    expect(failuresOf(withSource({ dependencies: { zod: '^4.0.0' } }, ''))).toEqual([
      'packages/scope/package.json:14 unused',
    ]);
    expect(failuresOf(withSource({ devDependencies: { tsup: '^8.0.0' } }, ''))).toEqual([
      'packages/scope/package.json:14 unused',
    ]);
  });

  it('refuses a runtime dependency that only tests import', () => {
    const source = withSource(
      { dependencies: { zod: '^4.0.0' } },
      "import 'zod';\n",
      'src/a.test.ts',
    );
    expect(failuresOf(source)).toEqual(['packages/scope/package.json:14 unused']);
  });

  it('refuses a stranger, and a framework that is not a peer', () => {
    const lodash = withSource({ dependencies: { lodash: '^4.0.0' } }, "import 'lodash';\n");
    expect(failuresOf(lodash)).toEqual(['packages/scope/package.json:14 third-party']);
    const framework = {
      'packages/ai-sdk/package.json': manifestOf('ai-sdk', { dependencies: { ai: '^6.0.0' } }),
      'packages/ai-sdk/src/index.ts': "import 'ai';\n",
    };
    expect(failuresOf(framework)).toEqual(['packages/ai-sdk/package.json:10 third-party']);
  });

  it('refuses a library on the root entry that belongs behind a subpath', () => {
    const yaml = { dependencies: { '@spanforge/yaml': 'workspace:^' } };
    const tree = (importer: string) => ({
      'packages/yaml/package.json': manifestOf('yaml'),
      'packages/yaml/src/index.ts': '',
      ...withSource(yaml, "export { a } from './parse.js';\n", importer),
      'packages/scope/src/parse.ts': "import '@spanforge/yaml';\nexport const a = 1;\n",
    });
    expect(failuresOf(tree('src/yaml.ts'))).toEqual([]);
    expect(failuresOf(tree('src/index.ts'))).toEqual([
      'packages/scope/src/parse.ts:1 subpath-only',
    ]);
  });
});

describe('paths', () => {
  const importing = (specifier: string) => ({
    ...signing,
    ...events,
    'packages/core-events/src/index.ts': `${useSigning}import '${specifier}';\n`,
  });

  it.each([
    ['@spanforge/core-signing/src/index.js', 'deep-import'],
    ['@spanforge/core-signing/dist/index.js', 'deep-import'],
    ['../../core-signing/src/index.js', 'deep-import'],
    ['@spanforge/core-signing/nothing', 'unknown-subpath'],
    ['@spanforge/core-events/log', 'self-import'],
    ['#log', 'unresolved-import'],
  ])('refuses %s', (specifier, rule) => {
    expect(failuresOf(importing(specifier))).toEqual([
      `packages/core-events/src/index.ts:2 ${rule}`,
    ]);
  });
});

describe('browsers', () => {
  it('refuses Node behind a root entry, however far away', () => {
    const tree = {
      ...signing,
      ...events,
      'packages/core-signing/src/index.ts': "export { a } from './a.js';\n",
      'packages/core-signing/src/a.ts': "\n\nexport { randomBytes as a } from 'node:crypto';\n",
    };
    // Once for the package itself and once for the one above it.
    const failure = 'packages/core-signing/src/a.ts:3 node-in-browser';
    expect(failuresOf(tree)).toEqual([failure, failure]);
  });

  it('follows a private import as a browser does', () => {
    const tree = (browser: string) => ({
      'packages/core-signing/package.json': manifestOf('core-signing', {
        imports: { '#platform': { node: './dist/node.js', default: `./dist/${browser}.js` } },
      }),
      'packages/core-signing/src/index.ts': "import '#platform';\n",
      'packages/core-signing/src/node.ts': "import 'node:crypto';\n",
      'packages/core-signing/src/browser.ts': 'export const a = 1;\n',
    });
    expect(failuresOf(tree('browser'))).toEqual([]);
    expect(failuresOf(tree('node'))).toEqual([
      'packages/core-signing/src/node.ts:1 node-in-browser',
    ]);
  });

  it('allows Node behind a subpath, in tests, and in packages that need Node', () => {
    const node = "import { readFileSync } from 'fs';\n";
    const tree = {
      ...signing,
      ...events,
      'packages/core-events/src/log.ts': node,
      'packages/core-signing/src/a.test.ts': node,
      'packages/scope/package.json': manifestOf('scope'),
      'packages/scope/src/index.ts': node,
    };
    expect(failuresOf(tree)).toEqual([]);
  });
});

describe('clock, randomness, environment', () => {
  const scope = (source: string, file = 'src/index.ts') =>
    failuresOf({
      'packages/scope/package.json': manifestOf('scope'),
      [`packages/scope/${file}`]: source,
    });

  it.each([
    'export const at = Date.now();',
    'export const at = () => Date.now();',
    'export const at = globalThis.Date.now;',
    'export const at = new Date();',
    'export const at = new Date;',
    'export const at = Date();',
    'export const at = Math.random();',
    'export const at = process.env.HOME;',
    "export const at = globalThis.process?.env['HOME'];",
    'export const at = performance.now();',
  ])('refuses %s', (source) => {
    expect(scope(`\n${source}\n`)).toEqual(['packages/scope/src/index.ts:2 ambient']);
  });

  it.each([
    'export const at = (o: O) => o.clock ?? Date.now;',
    'export const at = (o: O) => o.clock ?? (() => new Date());',
    'export const at = (clock = () => Date.now()) => clock();',
    'export const at = ({ clock = Date.now }: O) => clock();',
    'export const at = new Date(0);',
    '// Date.now()\nexport const at = "Date.now()";',
  ])('allows %s', (source) => {
    expect(scope(source)).toEqual([]);
  });

  it.each([
    ['an import', "import './a.js';"],
    ['a worker', "new Worker(new URL('./a.js', import.meta.url));"],
  ])('looks behind %s', (_, source) => {
    const tree = {
      'packages/scope/package.json': manifestOf('scope'),
      'packages/scope/src/index.ts': source,
      'packages/scope/src/a.ts': 'export const at = Date.now();',
    };
    expect(failuresOf(tree)).toEqual(['packages/scope/src/a.ts:1 ambient']);
  });

  it('looks at no test, no helper of tests, no benchmark, no app and not at the command line', () => {
    const source = 'export const at = Date.now();';
    expect(scope(source, 'src/a.test.ts')).toEqual([]);
    expect(scope(source, 'src/helper.ts')).toEqual([]);
    expect(scope(source, 'bench/a.ts')).toEqual([]);
    const tree = {
      'packages/cli/package.json': { name: 'spanforge' },
      'packages/cli/src/index.ts': source,
      'apps/reference/package.json': { name: 'reference' },
      'apps/reference/src/main.ts': source,
    };
    expect(failuresOf(tree)).toEqual([]);
  });
});

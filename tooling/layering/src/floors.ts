/** A dependency from outside that a package may have. */
export interface ThirdParty {
  /** A package name, or a scope with a star: `@opentelemetry/*`. */
  readonly name: string;
  /** It must not be reachable from the root entry: it stands behind a subpath. */
  readonly subpathOnly?: true;
  /** It is the user's to install: a peer dependency. */
  readonly peer?: true;
}

/** What one package may import. */
export interface Place {
  readonly floor: number;
  /** Folder names of ours it may import. `anything` on the top floor. */
  readonly ours: readonly string[] | 'anything';
  readonly thirdParty: readonly ThirdParty[] | 'anything';
  /** Its root entry, and all that entry reaches, runs in a browser. */
  readonly browser?: true;
  /** The one file that may read the clock: it defines the default of every clock option. */
  readonly systemClock?: string;
}

const cores = ['core-signing', 'core-events'];
const zod: ThirdParty = { name: 'zod' };
const jose: ThirdParty = { name: 'jose', subpathOnly: true };
/** Ours, and listed here as well: only those who read files should load it. */
const strictYaml: ThirdParty = { name: '@spanforge/yaml', subpathOnly: true };
const ajv: ThirdParty = { name: 'ajv' };
const openTelemetry: ThirdParty = { name: '@opentelemetry/*', peer: true };

/** The key management service of AWS, for who has it. */
const awsKms: ThirdParty = { name: '@aws-sdk/client-kms', subpathOnly: true, peer: true };

/** What contract suites run on: the tests that call them bring it. */
function testing(name: string): ThirdParty {
  return { name, subpathOnly: true, peer: true };
}

function service(ours: readonly string[], thirdParty: readonly ThirdParty[] = []): Place {
  return {
    floor: 2,
    ours: [...cores, 'yaml', ...ours],
    thirdParty: [zod, strictYaml, ...thirdParty],
  };
}

function composition(thirdParty: readonly ThirdParty[] = []): Place {
  return { floor: 3, ours: cores, thirdParty: [zod, ...thirdParty] };
}

/** What stands on the policy: it may use the policy and what the policy may use. */
function onPolicy(): Place {
  return {
    floor: 3,
    ours: [...cores, 'yaml', 'condition', 'detect', 'policy'],
    thirdParty: [zod],
  };
}

function adapter(...frameworks: readonly string[]): Place {
  return {
    floor: 4,
    ours: ['govern'],
    thirdParty: frameworks.map((name) => ({ name, peer: true as const })),
  };
}

/**
 * A pipeline is a file, and lock files are YAML and TOML: reading them is what a gate does. Versions
 * and severities are compared by the libraries their ecosystems use.
 */
const gate: Place = {
  floor: 2,
  ours: [...cores, 'yaml', 'condition', 'detect'],
  thirdParty: [
    zod,
    { name: 'semver' },
    { name: '@renovatebot/pep440' },
    { name: 'smol-toml' },
    { name: 'ae-cvss-calculator' },
  ],
};

const top: Place = { floor: 5, ours: 'anything', thirdParty: 'anything' };

/** The table of floors, by folder name. A folder that is not here may not exist. */
export const floors: Readonly<Record<string, Place>> = {
  'core-signing': {
    floor: 0,
    ours: [],
    thirdParty: [{ name: '@noble/hashes' }, { name: 'jose', subpathOnly: true }],
    browser: true,
  },
  'core-events': {
    floor: 1,
    ours: ['core-signing'],
    thirdParty: [zod, { name: 'ulid' }, testing('fast-check'), testing('vitest')],
    browser: true,
    systemClock: 'src/clock.ts',
  },
  condition: {
    floor: 1,
    ours: [],
    thirdParty: [{ name: '@marcbachmann/cel-js' }],
    browser: true,
  },
  detect: { floor: 1, ours: [], thirdParty: [{ name: 'libphonenumber-js' }], browser: true },
  yaml: { floor: 1, ours: ['core-signing'], thirdParty: [{ name: 'yaml' }], browser: true },
  'store-sqlite': { floor: 1, ours: cores, thirdParty: [{ name: 'libsql' }] },
  'store-postgres': { floor: 1, ours: ['core-events'], thirdParty: [{ name: 'pg' }] },
  scope: service([]),
  rbac: service([], [jose]),
  policy: { ...service(['condition', 'detect'], [ajv]), browser: true },
  explain: service([]),
  rag: service([]),
  lineage: service([]),
  validate: service(['detect'], [ajv, { name: 'csv-parse' }]),
  gate,
  'policy-workbench': onPolicy(),
  'policy-rollout': onPolicy(),
  operator: composition([
    { name: 'fflate' },
    // ASN.1 and CMS of RFC 3161, loaded by `@spanforge/operator/timestamp` alone.
    { name: 'asn1js' },
    { name: 'pkijs' },
    openTelemetry,
  ]),
  enterprise: composition([openTelemetry, awsKms]),
  govern: composition([openTelemetry]),
  exporters: composition([openTelemetry]),
  'ai-sdk': adapter('ai', '@ai-sdk/*'),
  mcp: adapter('@modelcontextprotocol/*'),
  langchain: adapter('@langchain/*', 'langchain'),
  'openai-agents': adapter('@openai/*'),
  cli: top,
  reference: top,
  console: top,
  examples: top,
};

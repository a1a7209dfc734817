import { getFips } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeploymentFact, DeploymentProbe } from '../deployment/profile.js';
import { isMissing } from './durable.js';

/** The paths that probes read. */
export interface HostProbeOptions {
  /** The root of the file system; `/` when absent. */
  readonly root?: string;
  /** The folder of the keys; only the owner should be able to read its files. */
  readonly keys?: string;
}

const seen = (name: string, value: string): DeploymentFact => ({ name, value, source: 'probed' });

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function shapeOf(root: string): Promise<string> {
  if (await isThere(join(root, 'var/run/secrets/kubernetes.io/serviceaccount')))
    return 'kubernetes';
  const marks = ['.dockerenv', 'run/.containerenv'];
  for (const mark of marks) if (await isThere(join(root, mark))) return 'container';
  return 'host';
}

async function readTable(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Routes to other machines, from the kernel's tables if they can be read. */
async function routesOf(root: string): Promise<string> {
  const v4 = await readTable(join(root, 'proc/net/route'));
  const v6 = await readTable(join(root, 'proc/net/ipv6_route'));
  if (v4 === undefined) return 'unknown';
  const away4 = v4.slice(1).some((line) => !line.startsWith('lo\t'));
  // A link-local or multicast prefix leads to no other network.
  const away6 = (v6 ?? []).some((line) => !line.endsWith(' lo') && !/^f[ef]/.test(line));
  return away4 || away6 ? 'present' : 'none';
}

async function keyAccessOf(folder: string): Promise<string> {
  const paths = [folder];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && !/\.(vkey|jwks\.json)$/.test(entry.name)) {
      paths.push(join(folder, entry.name));
    }
  }
  for (const path of paths) if (((await lstat(path)).mode & 0o077) !== 0) return 'others';
  return 'owner';
}

/**
 * Probes of the machine: its shape (`host`, `container`, `kubernetes`), whether routes lead away from
 * it, who runs it, its Node.js and FIPS state, and who can read the keys. They read files, make no
 * connection and read no environment.
 */
export function createHostProbes(options: HostProbeOptions = {}): readonly DeploymentProbe[] {
  const { root = '/', keys } = options;
  return [
    async () => [seen('shape', await shapeOf(root))],
    async () => [seen('routes', await routesOf(root).catch(() => 'unknown'))],
    async () => {
      const uid = process.getuid?.();
      const user = uid === undefined ? 'unknown' : uid === 0 ? 'root' : 'unprivileged';
      return [seen('user', user)];
    },
    async () => [
      seen('node', process.versions.node),
      seen('platform', `${process.platform}/${process.arch}`),
      seen('fips', getFips() === 1 ? 'yes' : 'no'),
    ],
    ...(keys === undefined
      ? []
      : [async () => [seen('key_access', await keyAccessOf(keys).catch(() => 'unknown'))]]),
  ];
}

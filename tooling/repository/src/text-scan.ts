/** A piece of text that must not stand in a tracked file. */
export interface Finding {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

// Put together from parts, so that this file does not find itself.
const machineRoots = ['work', 'root', 'tmp/bash_jobs', 'home/[a-z0-9_-]+', 'Users/[A-Za-z0-9_-]+'];
const machinePath = new RegExp(`(?<![\\w.\\-/*}:])/(?:${machineRoots.join('|')})(?:/|(?=\\.))`);
const hosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['npm', 'pkg', 'github', 'com'],
];
const registryHost = new RegExp(
  [...hosts.map((parts) => parts.join('\\.')), 'https?://(?:registry|npm)[.\\-:/]'].join('|'),
  'i',
);

/** Finds paths of a development machine and hosts of package registries. */
export function scanText(text: string): readonly Finding[] {
  return text.split('\n').flatMap((content, index) => {
    const found = [machinePath.exec(content), registryHost.exec(content)];
    return found.flatMap((match) => (match ? [{ line: index + 1, text: match[0] }] : []));
  });
}

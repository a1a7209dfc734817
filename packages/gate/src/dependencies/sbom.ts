import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import type { GateFinding } from '../model/finding.js';
import { type LockedPackage, normaliseName } from './package.js';

/** The package URL of a package (purl-spec). */
export function purlOf({ ecosystem, name, version }: Omit<LockedPackage, 'file'>): string {
  const encode = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/');
  const normal = normaliseName(ecosystem, name);
  return `pkg:${ecosystem === 'npm' ? 'npm' : 'pypi'}/${encode(normal)}@${encode(version)}`;
}

function uuidOf(text: string): string {
  const hex = toHex(sha256(utf8(text)));
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** A CycloneDX 1.6 bill of materials; equal packages give an equal document. */
export function makeSbom(
  packages: readonly LockedPackage[],
  findings: readonly GateFinding[],
  timestamp: string,
): string {
  const unique = new Map(packages.map((one) => [purlOf(one), one]));
  const components = [...unique]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([purl, { name, version }]) => {
      return { type: 'library', 'bom-ref': purl, name, version, purl };
    });
  const byComponent = new Map(packages.map((one) => [`${one.name}@${one.version}`, purlOf(one)]));
  const ratings: Readonly<Record<string, string>> = { unknown: 'unknown' };
  const vulnerabilities = findings.map(({ rule, severity, aliases = [], component = '' }) => ({
    id: rule,
    ratings: [{ severity: ratings[severity] ?? severity }],
    references: aliases.map((id) => ({ id, source: { name: 'OSV' } })),
    affects: [{ ref: byComponent.get(component) ?? component }],
  }));
  const body = { components, vulnerabilities };
  return `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`,
      version: 1,
      metadata: {
        timestamp,
        tools: { components: [{ type: 'application', name: 'spanforge-gate' }] },
      },
      ...body,
    },
    null,
    2,
  )}\n`;
}

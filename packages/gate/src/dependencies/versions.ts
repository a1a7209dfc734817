import { compare as comparePep440, valid as validPep440 } from '@renovatebot/pep440';
import { compare as compareSemver, parse as parseSemver } from 'semver';
import type { Ecosystem } from './package.js';

/** Compares two versions; undefined if either is not a version of this ecosystem. */
export type CompareVersions = (left: string, right: string) => number | undefined;

function semver(left: string, right: string): number | undefined {
  const [a, b] = [left, right].map((text) => parseSemver(pad(text), { loose: true }));
  return a && b ? compareSemver(a, b) : undefined;
}

/** Advisories write `1` and `1.2` where semver requires three parts. */
function pad(text: string): string {
  const [, v = '', core = text, rest = ''] = /^(v?)(\d+(?:\.\d+){0,2})([-+].*)?$/.exec(text) ?? [];
  const parts = core.split('.');
  if (parts.length >= 3) return text;
  return `${v}${[...parts, '0', '0'].slice(0, 3).join('.')}${rest}`;
}

function pep440(left: string, right: string): number | undefined {
  return validPep440(left) === null || validPep440(right) === null
    ? undefined
    : comparePep440(left, right);
}

/** The comparison for an ecosystem: Semantic Versioning 2 for npm, PEP 440 for PyPI. */
export function comparerOf(ecosystem: Ecosystem): CompareVersions {
  return ecosystem === 'npm' ? semver : pep440;
}

import { isBuiltin } from 'node:module';

/** The package a bare specifier belongs to; undefined for a relative one and for Node's own. */
export function packageOf(specifier: string): string | undefined {
  if (/^[./#]/.test(specifier) || isBuiltin(specifier)) return undefined;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** What a bare specifier asks of its package, as `exports` spells it: `.` or `./yaml`. */
export function subpathOf(specifier: string): string {
  const rest = specifier.slice(packageOf(specifier)?.length ?? 0);
  return rest === '' ? '.' : `.${rest}`;
}

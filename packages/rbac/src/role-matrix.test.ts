import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RbacError } from './error.js';
import { createRoleMatrix, STANDARD_ROLE_MATRIX } from './role-matrix.js';
import { aMatrix, ROLES } from './testing/fixtures.js';

const codeOf = (call: () => unknown): string | undefined => {
  try {
    call();
    return undefined;
  } catch (error) {
    if (RbacError.is(error)) return error.code;
    throw error;
  }
};

describe('STANDARD_ROLE_MATRIX', () => {
  it('is the documented table, and frozen', () => {
    const lists = Object.entries(STANDARD_ROLE_MATRIX).map(([role, list]) => [
      role,
      list.join(', '),
    ]);
    expect(Object.fromEntries(lists)).toEqual({
      viewer: 'viewer',
      editor: 'viewer, editor',
      admin: 'viewer, editor, admin',
      operator: 'viewer, operator',
      auditor: 'viewer, auditor',
      developer: 'viewer, editor, developer',
      deployer: 'viewer, deployer',
      reviewer: 'viewer, reviewer',
      service_account: 'service_account',
      superadmin: 'viewer, editor, admin, superadmin',
    });
    expect(() => (STANDARD_ROLE_MATRIX.viewer as string[]).push('admin')).toThrow(TypeError);
  });
});

describe('createRoleMatrix', () => {
  it('expands through every step, and leaves unknown roles alone', () => {
    const matrix = createRoleMatrix({ a: ['b'], b: ['c', 'b'] });
    expect(matrix.expand(['a'])).toEqual(['a', 'b', 'c']);
    expect(matrix.expand(['c', 'constructor'])).toEqual(['c', 'constructor']);
    expect(matrix.expand([])).toEqual([]);
  });

  it.each([
    [{ a: ['b'], b: ['a'] }, 'RBAC_ROLE_CYCLE'],
    [{ a: ['b'], b: ['c'], c: ['a'] }, 'RBAC_ROLE_CYCLE'],
    [{ a: ['b', 'b'] }, 'RBAC_ROLE_MATRIX_INVALID'],
    [{ a: [''] }, 'RBAC_ROLE_MATRIX_INVALID'],
    [{ '': ['a'] }, 'RBAC_ROLE_MATRIX_INVALID'],
    [{ a: 'b' }, 'RBAC_ROLE_MATRIX_INVALID'],
    [JSON.parse('{"__proto__":["admin"]}'), 'RBAC_ROLE_MATRIX_INVALID'],
    [null, 'RBAC_ROLE_MATRIX_INVALID'],
    [{ a: ['x'.repeat(40_000)] }, 'RBAC_ROLE_MATRIX_INVALID'],
  ])('refuses %#', (matrix, code) => {
    expect(codeOf(() => createRoleMatrix(matrix))).toBe(code);
  });

  it('is the reflexive and transitive closure, or refuses a circle', () => {
    fc.assert(
      fc.property(aMatrix, (matrix) => {
        const reaches = (from: string, to: string, steps: number): boolean =>
          from === to ||
          (steps > 0 &&
            (Object.hasOwn(matrix, from) ? matrix[from]! : []).some((next) =>
              reaches(next, to, steps - 1),
            ));
        const circular = ROLES.some((a) =>
          ROLES.some((b) => a !== b && reaches(a, b, 5) && reaches(b, a, 5)),
        );
        const code = codeOf(() => createRoleMatrix(matrix));
        expect(code).toBe(circular ? 'RBAC_ROLE_CYCLE' : undefined);
        if (circular) return;
        for (const role of ROLES) {
          expect(createRoleMatrix(matrix).expand([role])).toEqual(
            ROLES.filter((other) => reaches(role, other, 5)).sort(),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

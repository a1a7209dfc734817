/** How records name this package, `name@semver`. Written from package.json; see tooling/bootstrap. */
export const SOURCE = 'spanforge@0.0.0';

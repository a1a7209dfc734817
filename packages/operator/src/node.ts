export { readPackage, verifyPackageAt, writePackage } from './node/any-form.js';
export { readPackageFolder, writePackageFolder } from './node/folder.js';
export {
  type PackageLink,
  type PackageRelation,
  type TogetherReport,
  verifyPackagesAt,
} from './node/verify-together.js';

export { readPackage, verifyPackageAt, writePackage } from './node/any-form.js';
export { readPackageFolder, writePackageFolder } from './node/folder.js';

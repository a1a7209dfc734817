import { fileURLToPath } from 'node:url';

/** The path of a file that comes with this application. */
export const asset = (path: string): string =>
  fileURLToPath(new URL(`../${path}`, import.meta.url));

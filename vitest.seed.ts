/**
 * Runs before each test file of the workspace, so that `npm test` draws the same examples each
 * time: a commit fails its properties, or does not. fast-check prints the seed of what failed.
 *
 * `SPANFORGE_SEED=7` takes that seed; `SPANFORGE_LONG=1` takes another one each time.
 */
import fc from 'fast-check';

const { SPANFORGE_LONG: long, SPANFORGE_SEED: given } = process.env;

if (given !== undefined && !/^-?\d{1,10}$/.test(given)) {
  throw new RangeError(`SPANFORGE_SEED is a whole number, not "${given}".`);
}
const seed = given === undefined ? (long === undefined ? 20_261_121 : undefined) : Number(given);

if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

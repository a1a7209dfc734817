import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SchemaAttack } from './schema-attacks.js';
import { openShop } from './service.js';
import { siteFiles } from './site.js';

/** SQLite's page of a store. */
const PAGE = 16_384;

const foreignFiles = (folder: string) => siteFiles(join(folder, 'foreign'));

/** What the attacks need beside the site: a log of the same name with other keys, and a large value. */
export async function prepareFiles(folder: string): Promise<void> {
  const shop = await openShop(siteFiles(folder).workspace);
  const note = 'n'.repeat(1_200_000);
  await shop.callWith('refund', { amount: 9, note }, 'alice', 'large');
  await shop.close();
  mkdirSync(join(folder, 'foreign'));
  const foreign = await openShop(foreignFiles(folder).workspace);
  await foreign.rbac.registerActor(
    { actorId: 'mallory', roles: ['clerk'] },
    foreign.administration,
  );
  await foreign.close();
}

/** A file of its own in the place of another, as whoever restores a copy makes it. */
function putInPlace(source: string, target: string): void {
  copyFileSync(source, `${target}.new`);
  renameSync(`${target}.new`, target);
}

function withoutSideFiles(database: string): void {
  for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function linkTo(path: string): void {
  renameSync(path, `${path}.away`);
  symlinkSync(`${path}.away`, path);
}

const largeValues = (folder: string): string => `${siteFiles(folder).database}-disclosures`;

function largeValue(folder: string): string {
  const [first] = readdirSync(largeValues(folder));
  if (first === undefined) throw new Error('there is no large value');
  return join(largeValues(folder), first);
}

const attack = (table: string, name: string, carryOut: (folder: string) => void): SchemaAttack => ({
  table,
  column: '*',
  name,
  carryOut,
});

const onDatabase = (name: string, work: (database: string, folder: string) => void): SchemaAttack =>
  attack('database', name, (folder) => work(siteFiles(folder).database, folder));

const onMark = (name: string, work: (mark: string, folder: string) => void): SchemaAttack =>
  attack('mark', name, (folder) => work(siteFiles(folder).mark, folder));

function truncations(): readonly SchemaAttack[] {
  const cut = (name: string, sizeOf: (bytes: number) => number): SchemaAttack =>
    onDatabase(name, (database) => truncateSync(database, sizeOf(statSync(database).size)));
  return [
    cut('cut to nothing', () => 0),
    cut('cut to one page', () => PAGE),
    cut('cut by one page', (bytes) => bytes - PAGE),
    cut('cut in half, at a page', (bytes) => Math.floor(bytes / PAGE / 2) * PAGE),
    cut('cut within a page', (bytes) => bytes - 100),
    cut('a page of zeros added', (bytes) => bytes + PAGE),
  ];
}

function keyAttacks(folder: string): readonly SchemaAttack[] {
  return readdirSync(siteFiles(folder).keys)
    .filter((file) => !file.includes('mark'))
    .sort()
    .flatMap((file) => {
      const pathIn = (place: string): string => join(siteFiles(place).keys, file);
      return [
        attack('keys', `${file} deleted`, (place) => rmSync(pathIn(place))),
        attack('keys', `${file} emptied`, (place) => writeFileSync(pathIn(place), '')),
        attack('keys', `${file} of another log`, (place) => {
          const foreign = join(foreignFiles(place).keys, file);
          if (existsSync(foreign)) putInPlace(foreign, pathIn(place));
          else throw new Error('the other log has no such file');
        }),
        attack('keys', `${file} one bit flipped`, (place) => {
          flip(pathIn(place), statSync(pathIn(place)).size >>> 1);
        }),
        attack('keys', `${file} a link`, (place) => linkTo(pathIn(place))),
        attack('keys', `${file} readable by everybody`, (place) => chmodSync(pathIn(place), 0o644)),
      ];
    });
}

function databaseAttacks(): readonly SchemaAttack[] {
  return [
    onDatabase('deleted', (database) => {
      rmSync(database);
      withoutSideFiles(database);
    }),
    onDatabase('replaced by a copy of itself', (database) => putInPlace(database, database)),
    onDatabase('an older copy, without its mark', (database, place) => {
      withoutSideFiles(database);
      putInPlace(siteFiles(place).older, database);
    }),
    onDatabase('an older copy, with its mark', (database, place) => {
      withoutSideFiles(database);
      putInPlace(siteFiles(place).older, database);
      putInPlace(siteFiles(place).olderMark, siteFiles(place).mark);
    }),
    onDatabase("another log's", (database, place) => {
      withoutSideFiles(database);
      putInPlace(foreignFiles(place).database, database);
    }),
    onDatabase("another log's, with its mark", (database, place) => {
      withoutSideFiles(database);
      putInPlace(foreignFiles(place).database, database);
      putInPlace(foreignFiles(place).mark, siteFiles(place).mark);
    }),
    onDatabase('a link', linkTo),
    onDatabase('a folder', (database) => {
      rmSync(database);
      mkdirSync(database);
    }),
    onDatabase('a text', (database) => writeFileSync(database, 'nothing to see\n')),
    onDatabase('a bit of its head flipped', (database) => flip(database, 60)),
    onDatabase('a bit of a page flipped', (database) => {
      flip(database, (Math.floor(statSync(database).size / PAGE / 2) + 0.5) * PAGE);
    }),
    ...truncations(),
  ];
}

/** On the files that stand beside the database while it is open. */
function sideFileAttacks(): readonly SchemaAttack[] {
  return [
    attack('write-ahead log', "another log's", (place) => {
      const { database } = siteFiles(place);
      copyFileSync(foreignFiles(place).database, `${database}-wal`);
    }),
    attack('write-ahead log', 'deleted', (place) => {
      rmSync(`${siteFiles(place).database}-wal`, { force: true });
    }),
    attack('write-ahead log', 'noise', (place) => {
      writeFileSync(`${siteFiles(place).database}-wal`, Buffer.alloc(100_000, 7));
    }),
    attack('shared memory', 'deleted', (place) => {
      rmSync(`${siteFiles(place).database}-shm`, { force: true });
    }),
  ];
}

function markAttacks(): readonly SchemaAttack[] {
  return [
    onMark('deleted', (mark) => rmSync(mark)),
    onMark('emptied', (mark) => writeFileSync(mark, '')),
    onMark('cut in half', (mark) => truncateSync(mark, statSync(mark).size >>> 1)),
    onMark("another log's", (mark, place) => putInPlace(foreignFiles(place).mark, mark)),
    onMark('an older one', (mark, place) => putInPlace(siteFiles(place).olderMark, mark)),
    onMark('a link', linkTo),
  ];
}

function valueAttacks(): readonly SchemaAttack[] {
  return [
    attack('large values', 'deleted', (place) => rmSync(largeValue(place))),
    attack('large values', 'emptied', (place) => writeFileSync(largeValue(place), '')),
    attack('large values', 'cut in half', (place) => {
      truncateSync(largeValue(place), statSync(largeValue(place)).size >>> 1);
    }),
    attack('large values', 'one bit flipped', (place) => flip(largeValue(place), 1000)),
    attack('large values', 'a link', (place) => linkTo(largeValue(place))),
    attack('large values', 'a folder', (place) => {
      const value = largeValue(place);
      rmSync(value);
      mkdirSync(value);
    }),
    attack('large values', 'a pipe', (place) => {
      const value = largeValue(place);
      rmSync(value);
      execFileSync('mkfifo', [value]);
    }),
    attack('large values', 'folder a link', (place) => linkTo(largeValues(place))),
  ];
}

/** Every attack on the files of a workspace, by whoever can write to its folder. */
export function fileAttacks(folder: string): readonly SchemaAttack[] {
  return [
    ...databaseAttacks(),
    ...sideFileAttacks(),
    ...markAttacks(),
    ...keyAttacks(folder),
    ...valueAttacks(),
    attack('workspace', "another log's, whole", (place) => {
      rmSync(siteFiles(place).workspace, { recursive: true });
      cpSync(foreignFiles(place).workspace, siteFiles(place).workspace, { recursive: true });
    }),
  ];
}

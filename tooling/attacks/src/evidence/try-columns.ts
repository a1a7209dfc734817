import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countRecords, makesCalls, observations, type Seen } from './observe.js';
import { type SchemaAttack, schemaAttacks } from './schema-attacks.js';
import { openShop } from './service.js';
import { makeSite, siteFiles } from './site.js';

/** What became of one change. */
export interface ColumnOutcome {
  readonly table: string;
  readonly column: string;
  readonly name: string;
  readonly answers: Readonly<Record<string, Seen>>;
  /**
   * `told`: a command or the governed call says so. `without effect`: everything is believed as
   * before. `silent`: something else is believed, and nobody says so. `worst`: what must never be.
   */
  readonly verdict: 'told' | 'without effect' | 'silent' | 'worst';
}

const sameView = (one: Seen, other: Seen | undefined): boolean => one.view === other?.view;

function verdictOf(
  answers: Readonly<Record<string, Seen>>,
  untouched: Readonly<Record<string, Seen>>,
): ColumnOutcome['verdict'] {
  const all = Object.entries(answers);
  if (all.some(([, { worst }]) => worst !== undefined)) return 'worst';
  if (all.some(([, { notices }]) => notices)) return 'told';
  return all.every(([name, seen]) => sameView(seen, untouched[name])) ? 'without effect' : 'silent';
}

const NOTHING: SchemaAttack = {
  ...{ table: '', column: '', name: 'nothing' },
  carryOut: () => undefined,
};

/** Under a running service: the change comes between its calls. */
async function whileRunning(folder: string, attack: SchemaAttack, settleMs: number): Promise<Seen> {
  const shop = await openShop(siteFiles(folder).workspace);
  try {
    await shop.call('refund', 23, 'alice', 'before');
    await shop.call('ship', 1, 'alice', 'parcel-too-many');
    attack.carryOut(folder);
    // The signer compares about once a second.
    if (settleMs > 0) await new Promise((resolve) => setTimeout(resolve, settleMs));
    return await makesCalls(shop);
  } catch (error) {
    const says = `stops: ${(error as Error).message}`;
    return { says, notices: true, view: says };
  } finally {
    await shop.close().catch(() => undefined);
  }
}

type Looks = Readonly<Record<string, (folder: string) => Promise<Seen>>>;

async function tryOne(
  folder: string,
  attack: SchemaAttack,
  looks: Looks,
  settleMs: number,
): Promise<Readonly<Record<string, Seen>>> {
  const [attacked, copy] = [join(folder, 'attacked'), join(folder, 'copy')];
  cpSync(join(folder, 'site'), attacked, { recursive: true });
  const answers: Record<string, Seen> = {};
  try {
    attack.carryOut(attacked);
    for (const [name, look] of Object.entries(looks)) {
      cpSync(attacked, copy, { recursive: true });
      answers[name] = await look(copy);
      rmSync(copy, { recursive: true });
    }
    cpSync(join(folder, 'site'), copy, { recursive: true });
    answers['while it runs'] = await whileRunning(copy, attack, settleMs);
    rmSync(copy, { recursive: true });
  } catch (error) {
    // The database itself does not let it happen, such as a value of another type.
    answers.impossible = { says: (error as Error).message, notices: true, view: '' };
    rmSync(copy, { recursive: true, force: true });
  }
  rmSync(attacked, { recursive: true });
  return answers;
}

/** Options of a round over the columns. */
export interface ColumnRoundOptions {
  /** Of all changes in order, those that are tried. */
  readonly choose?: (attack: SchemaAttack, at: number) => boolean;
  readonly onOutcome?: (outcome: ColumnOutcome) => void;
  readonly long?: boolean;
  /** What is tried; every column of the schema when absent. */
  readonly attacks?: (site: string) => readonly SchemaAttack[];
  /** Made beside the site, and known to every attack. */
  readonly prepare?: (site: string) => Promise<void>;
  /** More that is asked, beside what every round asks. */
  readonly looks?: Looks;
  /** How long a running service is left alone after the attack. */
  readonly settleMs?: number;
}

/** Makes a site, and tries every change to its database; the first outcome is of no change. */
export async function tryColumns(
  options: ColumnRoundOptions = {},
): Promise<readonly ColumnOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'columns-'));
  try {
    const { attacks = schemaAttacks, settleMs = 0 } = options;
    await makeSite(join(folder, 'site'), options.long ?? false);
    await options.prepare?.(join(folder, 'site'));
    cpSync(join(folder, 'site'), join(folder, 'counted'), { recursive: true });
    const records = await countRecords(join(folder, 'counted'));
    const looks = { ...observations(records), ...options.looks };
    const untouched = await tryOne(folder, NOTHING, looks, 0);
    const outcomes: ColumnOutcome[] = [];
    const note = (attack: SchemaAttack, answers: Readonly<Record<string, Seen>>): void => {
      const { table, column, name } = attack;
      const outcome = { table, column, name, answers, verdict: verdictOf(answers, untouched) };
      outcomes.push(outcome);
      options.onOutcome?.(outcome);
    };
    note(NOTHING, untouched);
    for (const [at, attack] of attacks(join(folder, 'site')).entries()) {
      if (options.choose?.(attack, at) === false) continue;
      note(attack, await tryOne(folder, attack, looks, settleMs));
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

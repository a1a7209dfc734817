import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ATTACKS, type Attack } from './attacks.js';
import { type Answer, PROBES, probeOf } from './probes.js';
import { makeSite } from './site.js';

/** What each probe said after one attack. */
export interface Outcome {
  readonly id: string;
  readonly name: string;
  readonly answers: Readonly<Record<string, Answer>>;
  /** A command or the governed call said that something is wrong. */
  readonly noticed: boolean;
  readonly failsOpen: boolean;
}

const NOTHING: Omit<Attack, 'site'> = {
  ...{ id: '', name: 'nothing', trace: 'small' },
  carryOut: async () => undefined,
};
const UNTOUCHED: readonly Attack[] = [
  { ...NOTHING, site: 'short' },
  { ...NOTHING, site: 'long', name: 'nothing, long log' },
];

/** Carries out attacks, each probe on a copy of its own; first what probes say of whole sites. */
export async function tryAttacks(
  probes: readonly string[] = Object.keys(PROBES),
  attacks: readonly Attack[] = ATTACKS,
): Promise<readonly Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'attacked-'));
  try {
    await makeSite(join(folder, 'short'), false);
    await makeSite(join(folder, 'long'), true);
    const outcomes: Outcome[] = [];
    for (const attack of [...UNTOUCHED, ...attacks]) {
      outcomes.push(await tryOne(folder, attack, probes));
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryOne(folder: string, attack: Attack, probes: readonly string[]): Promise<Outcome> {
  const attacked = join(folder, 'attacked');
  cpSync(join(folder, attack.site), attacked, { recursive: true });
  await attack.carryOut(attacked);
  const answers: Record<string, Answer> = {};
  for (const name of probes) {
    const copy = join(folder, 'copy');
    cpSync(attacked, copy, { recursive: true });
    const answer = await probeOf(name)?.(copy, attack.trace);
    if (answer) answers[name] = answer;
    rmSync(copy, { recursive: true });
  }
  rmSync(attacked, { recursive: true });
  const all = Object.values(answers);
  return {
    ...{ id: attack.id, name: attack.name, answers },
    noticed: all.some(({ notices }) => notices),
    failsOpen: all.some(({ failsOpen }) => failsOpen),
  };
}

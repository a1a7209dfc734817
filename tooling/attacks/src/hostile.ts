import { LOOSER, NEVER } from './hostile/bundles.js';
import { DECISIONS, FINDINGS, WRONG } from './hostile/decisions.js';
import { ACTIVATIONS, SERVICES } from './hostile/in-force.js';
import { REDACTIONS } from './hostile/redaction.js';
import type { HostileTry } from './hostile/set-up.js';

/** Asks a person with an answer typed; what it is taken for. */
export type AskPerson = (typed: string) => Promise<string | undefined>;

/** Group D of the faults: every case that is tried here, in order. */
export function hostileTries(askPerson: AskPerson): readonly HostileTry[] {
  return [
    ...REDACTIONS,
    ...ACTIVATIONS,
    ...DECISIONS,
    ...NEVER,
    ...WRONG,
    ...SERVICES,
    ...LOOSER,
    ...['maybe', 'ye', 'yes please', '1', ''].map((typed) => ({
      id: 'D-13',
      tried: `a person answers ${JSON.stringify(typed)}, then "n"`,
      must: 'rejected',
      happens: async () => String(await askPerson(`${typed}\nn\n`)),
    })),
    {
      id: 'D-13',
      tried: 'a person answers "yes"',
      must: 'approved',
      happens: async () => String(await askPerson('yes\n')),
    },
    ...FINDINGS,
  ];
}

import { resign, text, withFiles } from '../verify/test-forge.js';
import type { AddVectors } from './sheet.js';

/** Checkpoints and consistency proofs that do not fit. */
export const addCheckpointVectors: AddVectors = async (
  { add, signed },
  { call, packages, signers, since },
) => {
  await signed('no checkpoint', 'note_malformed', { checkpoint: 'x\n' });
  await signed('a checkpoint of another root', 'signature_invalid', {
    checkpoint: text(call, 'checkpoint').replace(
      /\n(\d+)\n/,
      (_, n: string) => `\n${Number(n) + 1}\n`,
    ),
  });
  await signed('the checkpoint of another log', 'origin_mismatch', {
    checkpoint: text(packages.other ?? call, 'checkpoint'),
  });
  const consistency = [...call.keys()].find((name) => name.startsWith('consistency-')) ?? '';
  await signed('a malformed consistency file', 'consistency_malformed', {
    [consistency]: text(call, consistency).replace('old ', 'odd '),
  });
  add(
    'without the consistency that was asked for',
    'parts',
    undefined,
    'incomplete',
    'consistency_missing',
    { options: { since } },
  );
  add(
    'a false consistency proof',
    'call',
    await resign(
      withFiles(call, {
        [consistency]: text(call, consistency).replace(
          /\n[A-Za-z0-9+/]{43}=\n/,
          `\n${'A'.repeat(43)}=\n`,
        ),
      }),
      signers,
    ),
    'invalid',
    'consistency_invalid',
    { options: { since } },
  );
};

import { createInterface } from 'node:readline/promises';

/** What a person says to a held call; `undefined` when nobody answers any more. */
export type Answer = 'approved' | 'rejected' | undefined;

/** Asks for a decision about a held call. */
export type Ask = (question: string) => Promise<Answer>;

/** Without a person, the supervisor of the script approves. */
export const approveAll: Ask = async () => 'approved';

/** `undefined` for anything that is not plainly one or the other. */
function understand(answer: string): Answer {
  const word = answer.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return 'approved';
  return word === 'n' || word === 'no' ? 'rejected' : undefined;
}

/**
 * Asks the person at the terminal until the answer is yes or no: only an explicit yes approves.
 * Ctrl-C and the end of the input are no answer.
 */
export function askAt(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Ask {
  return async (question) => {
    const terminal = createInterface({ input, output });
    const gone = new Promise<undefined>((resolve) => {
      terminal.once('close', () => resolve(undefined));
    });
    try {
      for (let prompt = `${question} [y/n] `; ; prompt = 'Please answer y or n: ') {
        const asked = terminal.question(prompt).catch(() => undefined);
        const answer = await Promise.race([asked, gone]);
        if (answer === undefined) return undefined;
        const understood = understand(answer);
        if (understood !== undefined) return understood;
      }
    } finally {
      terminal.close();
    }
  };
}

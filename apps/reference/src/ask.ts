import { createInterface } from 'node:readline/promises';

/** What a person says to a held call; `undefined` when nobody answers any more. */
export type Answer = 'approved' | 'rejected' | undefined;

/** Asks for a decision about a held call. */
export type Ask = (question: string) => Promise<Answer>;

/** Without a person, the supervisor of the script approves. */
export const approveAll: Ask = async () => 'approved';

/** Asks the person at the terminal; Ctrl-C and the end of the input are no answer. */
export function askAt(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Ask {
  return async (question) => {
    const terminal = createInterface({ input, output });
    const gone = new Promise<undefined>((resolve) => {
      terminal.once('close', () => resolve(undefined));
    });
    try {
      const asked = terminal.question(`${question} [Y/n] `).catch(() => undefined);
      const answer = await Promise.race([asked, gone]);
      if (answer === undefined) return undefined;
      return /^n/i.test(answer.trim()) ? 'rejected' : 'approved';
    } finally {
      terminal.close();
    }
  };
}

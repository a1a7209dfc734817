import { join } from 'node:path';
import type { Governor } from '@spanforge/govern';
import type { FilesServer } from './files-server.js';

type Args = Readonly<Record<string, string>>;

/** Which resource a path belongs to: the first folder of it. */
const resourceOf = ({ path }: Args): string => path?.split('/')[0] ?? 'unknown';

/**
 * Puts the tools behind the governor, as the agent's framework would: each does one thing and knows
 * no policy.
 */
export function governTools(governor: Governor, files: FilesServer, folder: string): void {
  const onFiles =
    (tool: string) =>
    async (args: Args): Promise<string> =>
      files.call(tool, { ...args, path: join(folder, args.path ?? '') });
  for (const [name, effect] of [
    ['read_text_file', 'read'],
    ['list_directory', 'read'],
    ['write_file', 'write'],
  ] as const) {
    const output = name === 'read_text_file' ? 'untrusted' : 'trusted';
    governor.govern(onFiles(name), { name, effect, action: effect, output, resource: resourceOf });
  }
  let sent = 0;
  const sendMessage = async ({ to, text }: Args): Promise<string> => {
    sent += 1;
    const path = join(folder, 'outbox', `${sent}.txt`);
    return files.call('write_file', { path, content: `to: ${to}\n\n${text}\n` });
  };
  governor.govern(sendMessage, { name: 'send_message', resource: 'messages', action: 'submit' });
}

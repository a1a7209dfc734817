import type { AddCommands } from '../command.js';
import { addStateCommand } from '../command.js';
import { doctor } from './doctor.js';
import { init } from './init.js';
import { keysInit } from './keys-init.js';
import { addKeyLifecycleCommands } from './keys-lifecycle.js';

/** `init`, `doctor` and `keys`. */
export const addSetupCommands: AddCommands = (root, act) => {
  addStateCommand(root, 'init', 'make a workspace with its keys')
    .option('--origin <name>', 'name of the evidence log, as written in its checkpoints')
    .option('--tenant <name>', 'tenant of this workspace')
    .option('--project <name>', 'project of this workspace')
    .option('--environment <name>', 'environment, such as prod')
    .option('--no-hmac', 'no HMAC on records: rely on signed checkpoints alone')
    .option(
      '--sealed',
      'encrypt values under a key of their subject, so that subjects can be erased',
    )
    .option('--residency <region>', 'where its evidence is kept: eu, us, ap, in or global')
    .option('--air-gapped', 'make no connection, whatever a command is told')
    .action(act(init));
  addStateCommand(root, 'doctor', 'check a workspace for problems').action(act(doctor));
  const keys = root.command('keys').description('the keys of a workspace');
  addStateCommand(keys, 'init', 'make keys for a workspace that has none').action(act(keysInit));
  addKeyLifecycleCommands(keys, act);
};

import type { AddCommands } from '../command.js';
import { addStateCommand } from '../command.js';
import { doctor } from './doctor.js';
import { init } from './init.js';
import { keysInit } from './keys-init.js';
import { addKeyLifecycleCommands } from './keys-lifecycle.js';

/** `init`, `doctor` and `keys`. */
export const addSetupCommands: AddCommands = (root, act) => {
  addStateCommand(root, 'init', 'make a workspace with its keys')
    .option('--origin <name>', 'the name of the evidence log, as its checkpoints have it')
    .option('--tenant <name>', 'the tenant of the workspace')
    .option('--project <name>', 'the project of the workspace')
    .option('--environment <name>', 'the environment, such as prod')
    .option('--no-hmac', 'write records without an HMAC; only signed checkpoints protect them')
    .option(
      '--sealed',
      'encrypt the values of each subject with a key of its own, so that a subject can be erased',
    )
    .option(
      '--residency <region>',
      'the region in which the evidence is kept: eu, us, ap, in or global',
    )
    .option('--air-gapped', 'make no network connection, whatever options a command gets')
    .action(act(init));
  addStateCommand(root, 'doctor', 'check a workspace for problems').action(act(doctor));
  const keys = root.command('keys').description('make, replace and revoke the keys of a workspace');
  addStateCommand(keys, 'init', 'make the keys of a workspace that has none').action(act(keysInit));
  addKeyLifecycleCommands(keys, act);
};

import { type AddCommands, addStateCommand } from '../command.js';
import { auditFsck } from './fsck.js';
import { addVerifyCommand } from './verify.js';

/** `audit fsck` and `audit verify`. */
export const addAuditCommands: AddCommands = (root, act) => {
  const audit = root.command('audit').description('check evidence');
  addStateCommand(audit, 'fsck', 'check a whole log, record by record').action(act(auditFsck));
  addVerifyCommand(audit, act);
};

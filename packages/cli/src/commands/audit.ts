import { type AddCommands, addStateCommand } from '../command.js';
import { addCheckHealthCommand } from './audit-check-health.js';
import { addCosignCommand } from './audit-cosign.js';
import { addErasureCommands } from './audit-erase.js';
import { addPruneCommand } from './audit-prune.js';
import { addRederiveCommand } from './audit-rederive.js';
import { addRepairCommands } from './audit-repair.js';
import { addSucceedCommand } from './audit-succeed.js';
import { auditFsck } from './fsck.js';
import { addRotateCommand } from './keys-lifecycle.js';
import { addVerifyCommand } from './verify.js';

/** `audit fsck`, `verify`, `check-health`, `reindex`, `quarantine`, `leases`, `erase`, `hold`, `prune`, `rederive`, `succeed`, `cosign`, `rotate-key`. */
export const addAuditCommands: AddCommands = (root, act) => {
  const audit = root.command('audit').description('check, repair and erase evidence');
  addStateCommand(audit, 'fsck', 'check the whole log, record by record').action(act(auditFsck));
  addVerifyCommand(audit, act);
  addCheckHealthCommand(audit, act);
  addRepairCommands(audit, act);
  addErasureCommands(audit, act);
  addPruneCommand(audit, act);
  addRederiveCommand(audit, act);
  addSucceedCommand(audit, act);
  addCosignCommand(audit, act);
  addRotateCommand(audit, 'rotate-key', act);
};

import type { AddCommands } from '../command.js';
import { addComplianceCommand } from './enterprise-compliance.js';
import { addDeploymentCommands } from './enterprise-deployment.js';
import { addTenantCommands } from './enterprise-tenants.js';

/** `enterprise status`, `health`, `package`, `settings`, `compliance`, `register-tenant` and `list-tenants`. */
export const addEnterpriseCommands: AddCommands = (root, act) => {
  const enterprise = root
    .command('enterprise')
    .description('manage the deployment, its tenants and their retention');
  addDeploymentCommands(enterprise, act);
  addTenantCommands(enterprise, act);
  addComplianceCommand(enterprise, act);
};

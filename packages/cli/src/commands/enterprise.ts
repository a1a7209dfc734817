import type { AddCommands } from '../command.js';
import { addTenantCommands } from './enterprise-tenants.js';

/** `enterprise register-tenant` and `list-tenants`. */
export const addEnterpriseCommands: AddCommands = (root, act) => {
  const enterprise = root.command('enterprise').description('tenants of a deployment');
  addTenantCommands(enterprise, act);
};

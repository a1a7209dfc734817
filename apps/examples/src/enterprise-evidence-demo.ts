import { join } from 'node:path';
import {
  createEnterprise,
  createSettings,
  createTenants,
  EnterpriseError,
} from '@spanforge/enterprise';
import { createHostProbes } from '@spanforge/enterprise/node';
import { verifyPackage } from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import { openSite } from './demo/open.js';
import { recordAnswer, TRACE } from './demo/trace.js';

// A deployment in the EU that connects nowhere, and keeps values sealed.
const { folder, workspace, operator, keys } = await openSite({
  ...{ tenant: 'acme', project: 'support', sealed: true, residency: 'eu', egress: 'none' },
});
const { log, config } = workspace;
const context = {
  ...{ tenant: 'acme', project: 'support', env: 'prod', run: 'setup', traceId: 'setup' },
  ...{ agent: 'demo', actor: 'privacy-officer', source: 'demo@1.0.0' },
};
const tenants = createTenants({ recorder: log, reader: log, deployedIn: 'eu' });
const acme = { tenantId: 'acme', residency: 'eu', projects: ['support'] };
await tenants.register(acme, { context });
const elsewhere = { ...acme, tenantId: 'globex', residency: 'us' };
await tenants.register(elsewhere, { context }).catch((error: unknown) => {
  console.log(`a tenant of the US: ${EnterpriseError.is(error) ? error.code : error}`);
});
const settings = createSettings({ recorder: log, reader: log });
const reason = 'schedule 4';
await settings.set(
  { tenantId: 'acme', retentionDays: 365, disclose: ['explanation'], reason },
  { context },
);

await recordAnswer(workspace);
const enterprise = createEnterprise({
  ...{ reader: log, tenants, settings, tenant: 'acme', deployedIn: 'eu', airGapped: true },
  position: async () => ({
    ...{ origin: config.origin, size: await log.size() },
    signedSize: (await workspace.checkpointer.latest())?.size ?? 0,
  }),
  probes: createHostProbes({ keys: workspace.paths.keys }),
  exportPackage: (selection, options) => operator.exportPackage(selection, options),
  packageKeys: workspace.keys.packages,
});
await enterprise.generateEvidencePackage(TRACE, { disclose: 'all' }).catch((error: unknown) => {
  console.log(`every value in it: ${EnterpriseError.is(error) ? error.code : error}`);
});
const evidence = await enterprise.generateEvidencePackage(TRACE, { disclose: ['explanation'] });
await writePackage(join(folder, 'enterprise-package.zip'), evidence);
const parts = [...evidence.keys()].filter((name) => !name.startsWith('operator/'));
console.log(`around operator/: ${parts.sort().join(', ')}`);
const { verdict, outcome, counts } = await verifyPackage(evidence, { keys });
console.log(`package: ${verdict}, ${outcome}, ${counts.records} records`);
await workspace.close();

console.log(`
Go on in ${folder}:
  spanforge enterprise status
  spanforge operator verify enterprise-package.zip \\
    --key .spanforge/keys/log.vkey --key .spanforge/keys/package.jwks.json`);

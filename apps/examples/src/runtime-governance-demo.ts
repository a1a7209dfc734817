import { join } from 'node:path';
import { verifyPackage } from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import { openSite } from './demo/open.js';
import { recordAnswer, TRACE } from './demo/trace.js';

// A request, a decision of every service, signed evidence, the operator's look, a package.
const { folder, workspace, operator, keys } = await openSite();
for (const [service, said] of await recordAnswer(workspace)) console.log(`${service}: ${said}`);

const { outcome, controls, chain } = await operator.inspectTrace(TRACE);
console.log(`outcome: ${outcome}`);
console.log(`controls: ${controls.map((one) => `${one.control} ${one.outcome}`).join(', ')}`);
console.log(`evidence chain: ${chain.broken.length === 0 ? 'whole' : 'broken'}`);

const evidence = await operator.exportPackage({ traceId: TRACE });
await writePackage(join(folder, 'operator-package.json'), evidence);
const { verdict, counts } = await verifyPackage(evidence, { keys });
console.log(`package: ${verdict}, ${counts.records} records`);
await workspace.close();

console.log(`
Go on in ${folder}:
  spanforge operator inspect ${TRACE}
  spanforge operator verify operator-package.json \\
    --key .spanforge/keys/log.vkey --key .spanforge/keys/package.jwks.json`);

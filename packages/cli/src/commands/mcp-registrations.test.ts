import { parseActor } from '@spanforge/rbac';
import { parseManifest } from '@spanforge/scope';
import { expect, it } from 'vitest';
import { actorFor, manifestFor } from './mcp-registrations.js';

const manifest = (...actions: readonly string[]) =>
  parseManifest({ agentId: 'bot', resourceActions: { '*': actions } });
const actor = (...roles: readonly string[]) => parseActor({ actorId: 'ann', roles });

it('an agent keeps its manifest when the proxy of another server has another one', () => {
  const known = manifestFor({ known: undefined, given: manifest('read'), server: 'desk' });
  expect(known?.metadata).toEqual({ mcp_server: 'desk' });
  const again = (given: ReturnType<typeof manifest>, server: string | undefined) =>
    manifestFor({ known, given, server });
  expect(again(manifest('read'), 'vault')).toBeUndefined();
  expect(again(manifest('write'), 'desk')?.resourceActions).toEqual({ '*': ['write'] });
  for (const server of ['vault', undefined])
    expect(() => again(manifest('write'), server)).toThrow(
      expect.objectContaining({ code: 'CLI_POLICY_CONFLICT' }),
    );
});

it('a person keeps the roles that the proxy of another server gave', () => {
  const known = actorFor({ known: undefined, given: actor('reader'), server: 'desk' });
  expect(actorFor({ known, given: actor('reader'), server: 'vault' })).toBeUndefined();
  expect(() => actorFor({ known, given: actor('writer'), server: 'vault' })).toThrow(
    'the roles of ann were registered by the proxy of server desk',
  );
  const unnamed = actorFor({ known: undefined, given: actor('reader'), server: undefined });
  expect(actorFor({ known: unnamed, given: actor('writer'), server: 'vault' })?.roles).toEqual([
    'writer',
  ]);
});

import { member, type PlainObject } from './plain.js';

const MAX_SHOWN = 4000;
/** Invisible characters that change how a line is read. */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escapeUnseen = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text of an agent for a person to read, without invisible characters. */
export function showJson(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? '').replace(UNSEEN, escapeUnseen);
}

/** True if the client declared in `initialize` that it can show a form to a person. */
export function canElicit(capabilities: unknown): boolean {
  const elicitation = member(capabilities, 'elicitation');
  if (typeof elicitation !== 'object' || elicitation === null) return false;
  return Object.keys(elicitation).length === 0 || Object.hasOwn(elicitation, 'form');
}

/**
 * The question put to a person about a held call. `undefined` if the arguments are too long to be
 * shown completely: nobody approves what they have not seen.
 */
export function approvalQuestion(
  tool: string,
  args: unknown,
  reason: string,
): PlainObject | undefined {
  const shown = showJson(args);
  if (shown.length > MAX_SHOWN) return undefined;
  return {
    message: `An agent wants to run ${showJson(tool)}.\n${reason}\n\nArguments:\n${shown}`,
    requestedSchema: {
      type: 'object',
      properties: {
        decision: {
          type: 'string',
          title: 'Decision',
          description: 'Whether this one call may run',
          enum: ['approve', 'reject'],
        },
      },
      required: ['decision'],
    },
  };
}

/** The answer of a person. An unclear answer counts as none. */
export function readDecision(result: unknown): 'approved' | 'rejected' | undefined {
  if (member(result, 'action') === 'decline') return 'rejected';
  if (member(result, 'action') !== 'accept') return undefined;
  const decision = member(member(result, 'content'), 'decision');
  if (decision === 'approve') return 'approved';
  return decision === 'reject' ? 'rejected' : undefined;
}

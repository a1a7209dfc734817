import { member, type PlainObject } from './plain.js';

const MAX_SHOWN = 4000;
/** Characters that change how a line reads without being seen. */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escapeUnseen = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text of an agent as it may be shown to a person: nothing in it is unseen. */
export function showJson(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? '').replace(UNSEEN, escapeUnseen);
}

/** True where a client said, as it began, that it can put a form to a person. */
export function canElicit(capabilities: unknown): boolean {
  const elicitation = member(capabilities, 'elicitation');
  if (typeof elicitation !== 'object' || elicitation === null) return false;
  return Object.keys(elicitation).length === 0 || Object.hasOwn(elicitation, 'form');
}

/**
 * The question put to a person about a held call. `undefined` where the arguments are too long to
 * be shown whole: nobody approves what was not seen.
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

/** What a person said; no clear answer is no answer. */
export function readDecision(result: unknown): 'approved' | 'rejected' | undefined {
  if (member(result, 'action') === 'decline') return 'rejected';
  if (member(result, 'action') !== 'accept') return undefined;
  const decision = member(member(result, 'content'), 'decision');
  if (decision === 'approve') return 'approved';
  return decision === 'reject' ? 'rejected' : undefined;
}

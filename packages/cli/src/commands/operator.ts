import type { Command } from 'commander';
import { type AddCommands, addStateCommand, addTenantCommand } from '../command.js';
import { operatorExport } from './export.js';
import { operatorInspect } from './inspect.js';
import { operatorList } from './list-traces.js';
import { reviewEscalate, reviewGrant, reviewGrants, reviewRevoke, reviewSnooze } from './review.js';
import { operatorApprove, operatorReject, operatorReviews } from './reviews.js';
import { addVerifyCommand } from './verify.js';

/** Adds a command about one review, or about all reviews of a tenant. */
const addDeskCommand = (parent: Command, usage: string, description: string): Command =>
  addStateCommand(parent, usage, description).option(
    '--tenant <name>',
    'only reviews of this tenant',
  );

const addReviewCommands: AddCommands = (operator, act) => {
  const review = operator
    .command('review')
    .description('snooze, escalate, grant and revoke reviews');
  addDeskCommand(review, 'snooze <review>', 'hide an open review for a while without deciding it')
    .requiredOption('--reviewer <id>', 'the person who snoozes it, by id')
    .requiredOption('--for <duration>', 'how long to hide it, such as 2h')
    .action(act(reviewSnooze));
  addDeskCommand(review, 'revoke <id>', 'revoke an unused approval, a grant or a rejection')
    .requiredOption('--reviewer <id>', 'the person who revokes it, by id')
    .option('--note <text>', 'the reason')
    .action(act(reviewRevoke));
  addDeskCommand(
    review,
    'escalate',
    'escalate reviews that nobody decided in time to the next role',
  ).action(act(reviewEscalate));
  addDeskCommand(review, 'grant <review>', 'allow similar calls in the same run')
    .requiredOption('--reviewer <id>', 'the person who grants it, by id; not the one who asked')
    .requiredOption('--uses <count>', 'the largest number of calls')
    .requiredOption('--for <duration>', 'how long the grant lasts, at most 1d')
    .option(
      '--bound <bound...>',
      'arguments that may differ, such as amount<=1000, to=a|b or memo=*',
    )
    .option('--note <text>', 'the reason')
    .action(act(reviewGrant));
  addDeskCommand(review, 'grants', 'list grants and their remaining uses').action(
    act(reviewGrants),
  );
};

/** `operator list`, `inspect` and `export`. */
const addTraceCommands: AddCommands = (operator, act) => {
  addTenantCommand(operator, 'list', 'find traces, newest first')
    .option('--tool <name>', 'only traces with a call of this tool')
    .option('--outcome <outcome>', 'only traces with a call of this outcome, such as block')
    .option('--agent <id>', 'only traces of this agent')
    .option('--actor <id>', 'only traces on behalf of this actor')
    .option('--run <id>', 'only traces of this run')
    .option('--trace <id>', 'only this trace')
    .option('--rule <id>', 'only traces with a call that this rule matched')
    .option('--subject <id>', 'only traces with a record about this subject')
    .option('--from <time>', 'only traces at or after this time, such as 2026-11-01T00:00:00Z')
    .option('--to <time>', 'only traces before this time')
    .option('--limit <count>', 'the number of traces to print', '20')
    .action(act(operatorList));
  addTenantCommand(operator, 'inspect <trace>', 'show what happened in a trace, and why').action(
    act(operatorInspect),
  );
  addTenantCommand(operator, 'export <trace>', 'make a signed evidence package of a trace')
    .requiredOption('--output <path>', 'the package: a .json file, a .zip file, or a folder')
    .option(
      '--disclose <names>',
      'the values the recipient may see: all, none, or names separated by commas',
      'none',
    )
    .option(
      '--since <file>',
      'a checkpoint that the recipient kept, to prove that the log extends it',
    )
    .option('--tsa <url>', 'the address of an RFC 3161 authority that time-stamps the checkpoint')
    .option(
      '--witness-policy <file>',
      'the witnesses that cosign the checkpoint, and how many must',
    )
    .action(act(operatorExport));
};

/** `operator reviews`, `approve` and `reject`. */
const addDecisionCommands: AddCommands = (operator, act) => {
  addTenantCommand(
    operator,
    'reviews [review]',
    'list calls that were held for a person, or show one with its arguments',
  )
    .option('--pending', 'only reviews that nobody has decided')
    .option('--all', 'all reviews, decided ones too (the default)')
    .option(
      '--statistics',
      'print ages, times to decision, and how many were approved within three seconds',
    )
    .option('--watch', 'keep printing as calls are held and decided, until interrupted')
    .action(act(operatorReviews));
  addDeskCommand(operator, 'approve <review>', 'approve a held call: it may run')
    .requiredOption('--reviewer <id>', 'the person who decides, by id; not the one who asked')
    .option('--note <text>', 'the reason')
    .option('--args <json>', 'the arguments to run it with, instead of the ones it was held with')
    .option(
      '--approves <digest>',
      'the digest of the edited arguments, if another reviewer edited them',
    )
    .option('--for <duration>', 'how long the approval is valid, such as 30m')
    .action(act(operatorApprove));
  addDeskCommand(operator, 'reject <review>', 'reject a held call: it must not run')
    .requiredOption('--reviewer <id>', 'the person who decides, by id; not the one who asked')
    .option('--note <text>', 'the reason')
    .option('--scope <scope>', 'what to reject: call, rule (for the whole run) or agent', 'call')
    .option('--for <duration>', 'how long the rejection of an agent lasts, such as 1d')
    .action(act(operatorReject));
};

/** `operator list`, `inspect`, `export`, `verify`, `reviews`, `approve`, `reject` and `review`. */
export const addOperatorCommands: AddCommands = (root, act) => {
  const operator = root
    .command('operator')
    .description('inspect traces, decide reviews, export and verify evidence');
  addTraceCommands(operator, act);
  addVerifyCommand(operator, act);
  addDecisionCommands(operator, act);
  addReviewCommands(operator, act);
};

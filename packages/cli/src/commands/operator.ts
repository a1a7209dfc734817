import { type AddCommands, addStateCommand } from '../command.js';
import { operatorExport } from './export.js';
import { operatorInspect } from './inspect.js';
import { operatorList } from './list-traces.js';
import { reviewEscalate, reviewGrant, reviewGrants, reviewRevoke, reviewSnooze } from './review.js';
import { operatorApprove, operatorReject, operatorReviews } from './reviews.js';
import { addVerifyCommand } from './verify.js';

const addReviewCommands: AddCommands = (operator, act) => {
  const review = operator
    .command('review')
    .description('snooze, revoke, escalate and grant reviews');
  addStateCommand(review, 'snooze <review>', 'put an open review aside without deciding it')
    .requiredOption('--reviewer <id>', 'who puts it aside')
    .requiredOption('--for <duration>', 'for how long, such as 2h')
    .action(act(reviewSnooze));
  addStateCommand(review, 'revoke <id>', 'take back an unused approval, a grant or a rejection')
    .requiredOption('--reviewer <id>', 'who takes it back')
    .option('--note <text>', 'why')
    .action(act(reviewRevoke));
  addStateCommand(
    review,
    'escalate',
    'escalate reviews that nobody decided in time to the next role',
  ).action(act(reviewEscalate));
  addStateCommand(review, 'grant <review>', 'let calls like this one run in its run')
    .requiredOption('--reviewer <id>', 'who grants it; must not be who asked')
    .requiredOption('--uses <count>', 'how many calls at most')
    .requiredOption('--for <duration>', 'for how long, at most 1d')
    .option('--bound <bound...>', 'where arguments may differ: amount<=1000, to=a|b, memo=*')
    .option('--note <text>', 'why')
    .action(act(reviewGrant));
  addStateCommand(review, 'grants', 'list grants and their remaining uses').action(
    act(reviewGrants),
  );
};

/** `operator list`, `inspect`, `export`, `verify`, `reviews`, `approve` and `reject`. */
export const addOperatorCommands: AddCommands = (root, act) => {
  const operator = root
    .command('operator')
    .description('inspect traces, decide reviews, export and verify evidence');
  addStateCommand(operator, 'list', 'find traces, newest first')
    .option('--tool <name>', 'with a call of this tool')
    .option('--outcome <outcome>', 'with a call of this outcome, such as block')
    .option('--agent <id>', 'of this agent')
    .option('--actor <id>', 'on behalf of this actor')
    .option('--run <id>', 'of this run')
    .option('--trace <id>', 'this one')
    .option('--rule <id>', 'with a call in which this rule had a say')
    .option('--subject <id>', 'with something on record about this subject')
    .option('--from <time>', 'at or after this time, such as 2026-11-01T00:00:00Z')
    .option('--to <time>', 'before this time')
    .option('--limit <count>', 'how many traces', '20')
    .action(act(operatorList));
  addStateCommand(operator, 'inspect <trace>', 'what happened in a trace, and why').action(
    act(operatorInspect),
  );
  addStateCommand(operator, 'export <trace>', 'make a signed evidence package of a trace')
    .requiredOption('--output <path>', 'x.json, x.zip, or a folder')
    .option('--disclose <names>', 'values the recipient may see: all, none, or a,b,c', 'none')
    .option('--since <file>', 'a checkpoint the recipient kept')
    .option('--tsa <url>', 'have an RFC 3161 authority stamp the checkpoint')
    .action(act(operatorExport));
  addVerifyCommand(operator, act);
  addStateCommand(
    operator,
    'reviews [review]',
    'calls that were held for a person, or one with its arguments',
  )
    .option('--pending', 'only undecided reviews')
    .option('--all', 'decided reviews too (the default)')
    .option('--statistics', 'ages, decision times, and how many were approved within three seconds')
    .option('--watch', 'keep printing as calls are held and decided, until stopped')
    .action(act(operatorReviews));
  addStateCommand(operator, 'approve <review>', 'let a held call run')
    .requiredOption('--reviewer <id>', 'who decides; must not be who asked')
    .option('--note <text>', 'why')
    .option('--args <json>', 'let it run with these arguments instead')
    .option(
      '--approves <digest>',
      'the digest of the edited arguments you approve, if another reviewer edited them',
    )
    .option('--for <duration>', 'how long the approval stands, such as 30m')
    .action(act(operatorApprove));
  addStateCommand(operator, 'reject <review>', 'or not')
    .requiredOption('--reviewer <id>', 'who decides; must not be who asked')
    .option('--note <text>', 'why')
    .option('--scope <scope>', 'call, rule (for the whole run) or agent', 'call')
    .option('--for <duration>', 'how long a rejection of an agent stands, such as 1d')
    .action(act(operatorReject));
  addReviewCommands(operator, act);
};

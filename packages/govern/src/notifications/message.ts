import type { EvidenceRecord } from '@spanforge/core-events';

/** What a notification says. It has no arguments and no result: look the review up. */
export interface ReviewNotification {
  readonly v: 'spanforge.notification.v1';
  /** The id of the record it is about; the same id again is the same notification. */
  readonly id: string;
  /** Such as `review.requested`. */
  readonly event: string;
  /** RFC 3339, as recorded. */
  readonly time: string;
  readonly tenant: string;
  readonly project: string;
  readonly review_id: string;
  readonly trace_id: string;
  readonly agent: string;
  /** Who asked, or who decided. */
  readonly actor: string;
  readonly tool?: string;
  readonly reason?: string;
  readonly resolution?: string;
  readonly role?: string;
  readonly expires_at?: string;
}

const MEMBERS = ['tool', 'reason', 'resolution', 'role', 'expires_at'] as const;

/** The event of a record, such as `review.requested`. */
export function eventOf({ type }: EvidenceRecord): string {
  return type.replace(/^spanforge\./, '').replace(/\.v\d+$/, '');
}

/** The notification about a record of a review. */
export function notificationOf(record: EvidenceRecord): ReviewNotification {
  const { id, time, context, body } = record;
  const { tenant, project, traceId, agent, actor } = context;
  const event = eventOf(record);
  const more = MEMBERS.flatMap((name) => {
    const value = body[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return {
    v: 'spanforge.notification.v1',
    ...{ id, event, time, tenant, project, review_id: String(body.review_id) },
    ...{ trace_id: traceId, agent, actor },
    ...Object.fromEntries(more),
  };
}

const MAX_SLACK_CHARS = 300;

/** Cuts text and escapes it for Slack: no links, mentions or formatting. */
function slackText(text: string): string {
  // Cut first, so that no escape and no character is cut in two.
  const chars = [...text];
  const cut = chars.length > MAX_SLACK_CHARS ? [...chars.slice(0, MAX_SLACK_CHARS), '…'] : chars;
  const plain = cut.map((char) => (char < ' ' || /\p{Cf}/u.test(char) ? ' ' : char)).join('');
  const escaped = plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return escaped.replace(/[*_~`]/g, (char) => `${char}\u200b`);
}

const WHAT: Readonly<Record<string, string>> = {
  'review.requested': 'A call waits for a person',
  'review.escalated': 'Nobody decided yet',
  'review.resolved': 'A review was decided',
  'review.consumed': 'An approved call ran',
  'review.granted': 'Calls were granted',
  'review.revoked': 'An approval was taken back',
};

/** The same as a Slack message: a fallback text, and blocks of plain text. */
export function slackMessageOf(notification: ReviewNotification): object {
  const { event, tool, agent, actor, reason, review_id: reviewId, resolution } = notification;
  const title = WHAT[event] ?? event;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['tool', tool],
    ['agent', agent],
    [event === 'review.requested' ? 'for' : 'by', actor],
    ['decision', resolution],
    ['why', reason],
    ['role', notification.role],
    ['until', notification.expires_at],
    ['review', reviewId],
  ];
  const fields = rows
    .filter((row): row is readonly [string, string] => row[1] !== undefined)
    .map(([name, value]) => ({
      type: 'plain_text',
      emoji: false,
      text: `${name}: ${slackText(value)}`,
    }));
  return {
    text: `${title}: ${slackText(tool ?? reviewId)}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', emoji: false, text: title } },
      { type: 'section', fields },
    ],
  };
}

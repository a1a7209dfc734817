export {
  notificationOf,
  type ReviewNotification,
  slackMessageOf,
} from './notifications/message.js';
export {
  createReviewNotifier,
  type NotificationCursor,
  type NotificationSigning,
  type NotifierOptions,
  type NotifierPass,
  type ReviewNotifier,
} from './notifications/notifier.js';
export {
  checkTarget,
  isPrivateAddress,
  type NotificationTarget,
} from './notifications/target.js';

export { type AwsKmsOptions, createAwsKms } from './kms/aws-kms.js';

import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** Something violated a requirement outside the decision about a single call. */
export const governanceViolationV1 = defineRecordType(
  'spanforge.governance.violation.v1',
  z.strictObject({
    /** The kind of violation, such as `tool_changed`. */
    violation: name,
    /** The subject of the violation, such as a tool. */
    subject: name,
    /** Where the subject is, such as on a server. */
    location: name.optional(),
    expected: z.string().max(512).optional(),
    found: z.string().max(512).optional(),
    /** The text whose digest is `found`, if it is short enough to be kept. */
    found_text: z.string().max(65_536).optional(),
    /** True when the subject cannot be used until a person approves it. */
    blocked: z.boolean(),
    reason: z.string().max(1024),
  }),
);

/** The payload of `spanforge.governance.violation.v1`, with names in camelCase. */
export type GovernanceViolationBody = RecordBody<typeof governanceViolationV1>;

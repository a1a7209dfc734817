import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** Something was not as it had to be, beside the decision about any one call. */
export const governanceViolationV1 = defineRecordType(
  'spanforge.governance.violation.v1',
  z.strictObject({
    /** What kind of violation, such as `tool_changed`. */
    violation: name,
    /** What it is about, such as a tool. */
    subject: name,
    /** Where the subject lives, such as a server. */
    location: name.optional(),
    expected: z.string().max(512).optional(),
    found: z.string().max(512).optional(),
    /** What `found` is the digest of, as text, where it is short enough to be kept. */
    found_text: z.string().max(65_536).optional(),
    /** True when the subject cannot be used until a person says otherwise. */
    blocked: z.boolean(),
    reason: z.string().max(1024),
  }),
);

/** The payload of `spanforge.governance.violation.v1` in code. */
export type GovernanceViolationBody = RecordBody<typeof governanceViolationV1>;

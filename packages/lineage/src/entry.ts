import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import { formatTime } from '@spanforge/core-events';
import { lineageV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { LineageError } from './error.js';
import type { Lattice } from './labels/lattice.js';
import type { DataReference, Declassification, LineageEntry } from './types.js';

const name = z.string().min(1).max(512);
const labels = z.array(name).max(64);
const data = z.array(z.strictObject({ id: name, labels: labels.optional() })).max(256);

const schema = z.strictObject({
  activity: name,
  kind: z
    .enum(['transform', 'decision', 'retrieval', 'generation', 'tool', 'declassification'])
    .optional(),
  inputs: data.optional(),
  outputs: data.optional(),
  parents: z.array(name).max(256).optional(),
  subject: name.optional(),
  propagation: z
    .array(z.strictObject({ mode: z.enum(['context', 'exact', 'partial']), from: name, labels }))
    .max(256)
    .optional(),
  policyDigest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  policyDecisionId: name.optional(),
});

/** A step, checked, with the labels its outputs carry. */
export interface CheckedEntry extends LineageEntry {
  readonly inputs: readonly DataReference[];
  readonly outputs: readonly DataReference[];
}

/** @throws {LineageError} `LINEAGE_RECORD_INVALID`, `LINEAGE_CYCLE`, `LINEAGE_LABELS_DROPPED`. */
export function checkEntry(entry: LineageEntry, lattice: Lattice): CheckedEntry {
  const parsed = schema.safeParse(entry);
  if (!parsed.success) throw invalidEntryError(parsed.error);
  const { inputs = [], outputs = [] } = entry;
  const own = outputs.find(({ id }) => inputs.some((input) => input.id === id));
  if (own !== undefined) throw cycleError(own.id);
  if (entry.kind === 'declassification') {
    throw new LineageError('LINEAGE_RECORD_INVALID', '$.kind: use declassify', {
      details: { path: '$.kind' },
    });
  }
  return { ...entry, inputs, outputs: labelled(inputs, outputs, lattice) };
}

/** Labels are only added: an output has every label of every input, or is given them. */
function labelled(
  inputs: readonly DataReference[],
  outputs: readonly DataReference[],
  lattice: Lattice,
): readonly DataReference[] {
  const joined = lattice.join(...inputs.map((input) => input.labels ?? []));
  return outputs.map(({ id, labels: given }) => {
    if (given !== undefined && !lattice.flowsTo(joined, given)) {
      throw new LineageError('LINEAGE_LABELS_DROPPED', 'an output lacks a label of its inputs', {
        details: { data: id },
      });
    }
    const carried = given === undefined ? joined : lattice.normalize(given);
    return carried.length === 0 ? { id } : { id, labels: carried };
  });
}

function invalidEntryError(error: z.ZodError): LineageError {
  const issue = error.issues[0];
  const path = `$${(issue?.path ?? []).map((part) => `.${String(part)}`).join('')}`;
  return new LineageError('LINEAGE_RECORD_INVALID', `${path}: ${issue?.message ?? 'invalid'}`, {
    details: { path },
  });
}

export function cycleError(id: string): LineageError {
  return new LineageError(
    'LINEAGE_CYCLE',
    'data cannot be made from itself; give the new version a new name',
    {
      details: { data: id },
    },
  );
}

/** Name under which the records of a bundle are found. */
export const policySubject = (digest: string): string => `policy:${digest}`;

export function entryDraft(entry: CheckedEntry, context: EvidenceContext): RecordDraft {
  const { activity, kind = 'transform', inputs, outputs, parents, subject } = entry;
  const { policyDigest, policyDecisionId } = entry;
  const propagation = entry.propagation?.map(({ mode, from, labels: some }) => ({
    ...{ mode, from, labels: [...some] },
  }));
  const subjects = new Set([...inputs, ...outputs].map(({ id }) => id));
  if (subject !== undefined) subjects.add(subject);
  if (policyDigest !== undefined) subjects.add(policySubject(policyDigest));
  if (policyDecisionId !== undefined) subjects.add(`decision:${policyDecisionId}`);
  const body = lineageV1.toWire({
    ...{ activity, kind, parents, subject, propagation, subjects: [...subjects] },
    inputs: inputs.map(plain),
    outputs: outputs.map(plain),
  } as never);
  return { type: lineageV1.key, context, body };
}

const plain = ({ id, labels: some }: DataReference) =>
  some === undefined ? { id } : { id, labels: [...some] };

export function declassificationDraft(
  { data: before, as, labels: off, approver, scope, expiresAtMs, reason }: Declassification,
  context: EvidenceContext,
  lattice: Lattice,
): { readonly draft: RecordDraft; readonly output: DataReference } {
  const gone = new Set(off);
  const left = lattice.normalize((before.labels ?? []).filter((label) => !gone.has(label)));
  const after = left.length === 0 ? { id: as } : { id: as, labels: left };
  const body = lineageV1.toWire({
    ...{ activity: 'declassify', kind: 'declassification', subjects: [before.id, as] },
    inputs: [plain(before)],
    outputs: [plain(after)],
    declassified: { labels: off, approver, scope, expiresAt: formatTime(expiresAtMs), reason },
  } as never);
  return { draft: { type: lineageV1.key, context, body }, output: after };
}

import type { LineageRecord } from '../types.js';

type Members = Record<string, Record<string, unknown>>;

/**
 * The steps as W3C PROV-JSON: data are entities, steps activities, agents and people agents.
 * Identifiers are percent-encoded under the prefix `sf`.
 */
export function toProvJson(records: readonly LineageRecord[]): Readonly<Record<string, unknown>> {
  const entity: Members = {};
  const activity: Members = {};
  const agent: Members = {};
  const relations = createRelations();
  for (const record of records) {
    const step = name('record', record.recordId);
    activity[step] = {
      'prov:startTime': record.time,
      'prov:endTime': record.time,
      'prov:label': record.activity,
      'sf:kind': record.kind,
    };
    for (const { id, labels = [] } of [...record.inputs, ...record.outputs]) {
      entity[name('data', id)] = {
        'prov:label': id,
        ...(labels.length === 0 ? {} : { 'sf:labels': labels }),
      };
    }
    for (const { id } of record.inputs)
      relations.add('used', step, 'entity', name('data', id), 'activity');
    for (const { id } of record.outputs) {
      relations.add('wasGeneratedBy', step, 'entity', name('data', id), 'activity');
    }
    for (const parent of record.parents) {
      relations.add('wasInformedBy', name('record', parent), 'informed', step, 'informant');
    }
    const who = [record.context.agent, record.declassified?.approver];
    for (const one of who) {
      if (one === undefined) continue;
      agent[name('agent', one)] = { 'prov:label': one };
      relations.add('wasAssociatedWith', name('agent', one), 'activity', step, 'agent');
    }
  }
  return { prefix: { sf: 'urn:spanforge:' }, entity, activity, agent, ...relations.all };
}

function createRelations() {
  const all: Record<string, Members> = {};
  let count = 0;
  return {
    all,
    /** `right` stands under `rightKey`, `left` under `leftKey`. */
    add(relation: string, left: string, rightKey: string, right: string, leftKey: string): void {
      count += 1;
      const members = all[relation] ?? {};
      members[`_:r${count}`] = { [`prov:${rightKey}`]: right, [`prov:${leftKey}`]: left };
      all[relation] = members;
    },
  };
}

const name = (kind: string, id: string): string =>
  `sf:${kind}/${encodeURIComponent(id.toWellFormed())}`;

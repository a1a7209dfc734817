/** Ids that the documents use for gate types. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  'schema-check': 'schema_validation',
  'dep-audit': 'dependency_security',
  'dependency-audit': 'dependency_security',
  'perf-check': 'performance_regression',
  'perf-regression': 'performance_regression',
  'prri-check': 'halluccheck_prri',
  'prri-gate': 'halluccheck_prri',
  'trust-gate': 'halluccheck_trust',
};

/** The type that an id or a type name stands for; an unknown name is returned as it is. */
export function typeOfGate(name: string, known: { has(type: string): boolean }): string {
  if (known.has(name)) return name;
  const documented = Object.hasOwn(DOCUMENTED, name) ? DOCUMENTED[name] : undefined;
  if (documented !== undefined) return documented;
  return name.replaceAll('-', '_');
}

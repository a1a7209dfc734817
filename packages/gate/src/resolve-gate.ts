/** Ids that the documents use for their types. */
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

/** The type that an id or a type's own name stands for; one nobody knows stands for itself. */
export function typeOfGate(name: string, known: { has(type: string): boolean }): string {
  if (known.has(name)) return name;
  const documented = Object.hasOwn(DOCUMENTED, name) ? DOCUMENTED[name] : undefined;
  if (documented !== undefined) return documented;
  return name.replaceAll('-', '_');
}

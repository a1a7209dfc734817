import { type DeploymentProfile, factOf } from './profile.js';

/** A reference architecture, with the facts that a profile must show. */
export interface ReferenceArchitecture {
  readonly id: string;
  readonly title: string;
  /** When to choose it. */
  readonly purpose: string;
  readonly parts: readonly string[];
  /** Facts of a profile, each with the allowed values. */
  readonly requires: readonly { readonly fact: string; readonly oneOf: readonly string[] }[];
  /** Example files, by name. */
  readonly files: Readonly<Record<string, string>>;
}

const COMPOSE = `services:
  app:
    image: your-application
    read_only: true
    user: "10001:10001"
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    networks: [inside]
    volumes:
      - evidence:/var/lib/spanforge
      - keys:/var/lib/spanforge/keys
      - subject-keys:/var/lib/spanforge/subject-keys
      - type: tmpfs
        target: /tmp
networks:
  inside:
    internal: true
volumes:
  evidence: {}
  keys: {}
  subject-keys: {}
`;

const KUBERNETES = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: agent
spec:
  serviceName: agent
  replicas: 1
  selector:
    matchLabels: { app: agent }
  template:
    metadata:
      labels: { app: agent }
    spec:
      automountServiceAccountToken: true
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        fsGroup: 10001
      containers:
        - name: app
          image: your-application
          securityContext:
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: evidence, mountPath: /var/lib/spanforge }
            - { name: keys, mountPath: /var/lib/spanforge/keys }
            - { name: subject-keys, mountPath: /var/lib/spanforge/subject-keys }
  volumeClaimTemplates:
    - metadata: { name: evidence }
      spec: { accessModes: [ReadWriteOncePod], resources: { requests: { storage: 20Gi } } }
    - metadata: { name: keys }
      spec: { accessModes: [ReadWriteOncePod], resources: { requests: { storage: 1Gi } } }
    - metadata: { name: subject-keys }
      spec: { accessModes: [ReadWriteOncePod], resources: { requests: { storage: 1Gi } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: agent-egress
spec:
  podSelector:
    matchLabels: { app: agent }
  policyTypes: [Egress]
  egress: []
`;

const one = (fact: string, ...oneOf: readonly string[]) => ({ fact, oneOf });

/** The reference architectures: one host, Docker Compose, Kubernetes, and air-gapped. */
export const REFERENCE_ARCHITECTURES: readonly ReferenceArchitecture[] = Object.freeze([
  {
    id: 'single-host',
    title: 'One process on one host',
    purpose: 'A team, one application; the evidence stays on the machine.',
    parts: ['application with the governor', 'SQLite evidence log', 'keys as files of mode 0600'],
    requires: [
      one('shape', 'host'),
      one('store', 'sqlite'),
      one('key_access', 'owner'),
      one('user', 'unprivileged'),
    ],
    files: {},
  },
  {
    id: 'docker-compose',
    title: 'Docker Compose',
    purpose:
      'One machine, apart from what else runs there; three volumes that are backed up apart.',
    parts: [
      'application with the governor',
      'volume of evidence',
      'volume of keys',
      'volume of subject keys',
    ],
    requires: [
      one('shape', 'container'),
      one('store', 'sqlite'),
      one('sealed', 'yes'),
      one('key_access', 'owner'),
      one('user', 'unprivileged'),
    ],
    files: { 'compose.yaml': COMPOSE },
  },
  {
    id: 'kubernetes',
    title: 'Kubernetes',
    purpose: 'A platform that schedules it; one writer a log, egress closed by a network policy.',
    parts: [
      'StatefulSet of one replica',
      'claims for evidence, keys and subject keys',
      'NetworkPolicy',
    ],
    requires: [
      one('shape', 'kubernetes'),
      one('store', 'sqlite', 'postgres'),
      one('sealed', 'yes'),
      one('user', 'unprivileged'),
    ],
    files: { 'kubernetes.yaml': KUBERNETES },
  },
  {
    id: 'air-gapped',
    title: 'Air-gapped',
    purpose:
      'Nothing may leave but packages that a person carries: any of the others, without routes.',
    parts: ['one of the others', 'a network without routes', 'egress: none in the workspace'],
    requires: [one('egress', 'none'), one('routes', 'none'), one('sealed', 'yes')],
    files: {},
  },
]);

/** Whether a profile fits an architecture. */
export interface ArchitectureMatch {
  readonly id: string;
  /** `unknown` when no fact contradicts it but some are missing. */
  readonly meets: 'yes' | 'no' | 'unknown';
  readonly unmet: readonly string[];
  readonly unknown: readonly string[];
}

/** Compares a profile with each reference architecture. */
export function matchArchitectures(profile: DeploymentProfile): readonly ArchitectureMatch[] {
  return REFERENCE_ARCHITECTURES.map(({ id, requires }) => {
    const sayOf = (fact: string): string => factOf(profile, fact);
    const unknown = requires.filter(({ fact }) => sayOf(fact) === 'unknown');
    const unmet = requires.filter(
      ({ fact, oneOf }) => sayOf(fact) !== 'unknown' && !oneOf.includes(sayOf(fact)),
    );
    const names = (list: typeof requires) => list.map(({ fact }) => fact);
    const meets = unmet.length > 0 ? 'no' : unknown.length > 0 ? 'unknown' : 'yes';
    return { id, meets, unmet: names(unmet), unknown: names(unknown) };
  });
}

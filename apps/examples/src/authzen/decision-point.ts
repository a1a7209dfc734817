import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { EvidenceLog } from '@spanforge/core-events/log';
import { formatJwks, type SigningKey, toVerificationKey } from '@spanforge/core-signing';
import { type CallContext, createReviews, type Governor } from '@spanforge/govern';
import {
  ACCESS_REQUEST_CAPABILITY,
  type AccessRequests,
  type AuthzenEvaluationRequest,
  type AuthzenEvaluationResponse,
  authzenProblem,
  createAccessRequests,
  deniedReevaluation,
} from '@spanforge/govern/authzen';
import { type HttpAnswer, readJson, write } from './http.js';

/** An enforcement point that may ask, and for whom. */
export interface Caller {
  readonly name: string;
  readonly subjects: readonly string[];
  /** The agents it may ask for, beside itself. */
  readonly agents?: readonly string[];
}

/** What the decision point is made of. */
export interface DecisionPointOptions {
  readonly log: EvidenceLog;
  /** Decides. Each of its tools is a permission to be given: it runs where the answer is `true`. */
  readonly governor: Governor;
  readonly place: Pick<CallContext, 'tenant' | 'project' | 'env'>;
  /** Signs binding tokens and approvals, and nothing else. */
  readonly key: SigningKey;
  /** The https address that a TLS terminator gives this server. */
  readonly publicUrl: string;
  /** Enforcement points by the SHA-256 of their bearer token, in hex. */
  readonly callers: ReadonlyMap<string, Caller>;
}

const REQUESTS = '/access/v1/requests';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const NOT_FOUND: HttpAnswer = { status: 404, body: { title: 'There is nothing here.' } };
const FOREIGN: HttpAnswer = { status: 403, body: { title: 'Not a subject of yours.' } };
const FOREIGN_AGENT: HttpAnswer = { status: 403, body: { title: 'Not an agent of yours.' } };

const problem = (name: Parameters<typeof authzenProblem>[0]): HttpAnswer => {
  const body = authzenProblem(name);
  return { status: body.status, body };
};

const isTask = (answer: object): answer is { task: { id: string; status_endpoint: string } } =>
  'task' in answer;

/** A question, or undefined where it is none. */
function questionIn(value: unknown): AuthzenEvaluationRequest | undefined {
  const { subject, resource, action } = (value ?? {}) as Partial<AuthzenEvaluationRequest>;
  const texts = [subject?.type, subject?.id, resource?.type, resource?.id, action?.name];
  const whole = texts.every((text) => typeof text === 'string' && text !== '');
  return whole ? (value as AuthzenEvaluationRequest) : undefined;
}

/** The agent that a question is about: the one it names as `act`, or the caller itself. */
function agentOf({ subject }: AuthzenEvaluationRequest, caller: Caller): string | undefined {
  const { sub = caller.name } = (subject.properties?.act ?? {}) as { readonly sub?: unknown };
  return [caller.name, ...(caller.agents ?? [])].find((agent) => agent === sub);
}

/** What this point decides: whether a user may call a tool. A yes to anything else would be made up. */
function isAboutCall({ subject, resource, action }: AuthzenEvaluationRequest): boolean {
  return subject.type === 'user' && resource.type === 'tool' && action.name === 'call';
}

function createDecider({ governor, place }: DecisionPointOptions, wire: AccessRequests) {
  /**
   * Asks the governor. An approval that is presented allows nothing: it names the review that the
   * governor redeems, if its policy of today still lets it, once.
   */
  return async (
    question: AuthzenEvaluationRequest,
    caller: Caller & { readonly agent: string },
    requestId: string,
  ): Promise<AuthzenEvaluationResponse> => {
    const { subject, resource, action } = question;
    const args = action.properties?.arguments ?? {};
    if (!isAboutCall(question)) {
      return { decision: false, context: { reason: 'unsupported_question' } };
    }
    const { agent } = caller;
    const presented = await wire.presented(question);
    if (presented.kind === 'not_applicable') {
      return { decision: false, context: { reason: presented.reason, next_action: 'none' } };
    }
    const context: CallContext = {
      ...place,
      ...{ run: `${caller.name}/${requestId}`, traceId: requestId, callId: requestId },
      ...{ agent, actor: subject.id },
      ...(presented.kind === 'applicable' ? { reviewId: presented.reviewId } : {}),
    };
    const result = await governor.call(resource.id, args, context);
    if (result.status === 'completed') return { decision: true };
    if (result.status === 'held') {
      return wire.denialOf(result, { tool: resource.id, args, context });
    }
    if (presented.kind === 'applicable' && result.status === 'blocked') {
      return deniedReevaluation(result);
    }
    return { decision: false, context: { reason: result.reasonCode } };
  };
}

/** A decision point of AuthZEN with its Access Request and Approval Profile, over `node:http`. */
export function createDecisionPoint(options: DecisionPointOptions): Server {
  const { log, key, publicUrl, callers } = options;
  const reviews = createReviews({ log });
  const wire = createAccessRequests({
    ...{ reviews, log, issuer: publicUrl, key, keys: [toVerificationKey(key)] },
    statusEndpoint: (id) => `${publicUrl}${REQUESTS}/${id}`,
    endpoint: `${publicUrl}${REQUESTS}`,
  });
  const evaluate = createDecider(options, wire);
  const jwks = JSON.parse(formatJwks([toVerificationKey(key)])) as unknown;
  const metadata = {
    policy_decision_point: publicUrl,
    access_evaluation_endpoint: `${publicUrl}/access/v1/evaluation`,
    access_request_endpoint: `${publicUrl}${REQUESTS}`,
    jwks_uri: `${publicUrl}/access/v1/jwks`,
    capabilities: [ACCESS_REQUEST_CAPABILITY],
  };

  async function submit(value: unknown): Promise<HttpAnswer> {
    const answer = await wire.submit(value);
    if (!isTask(answer)) return { status: answer.status, body: answer };
    return { status: 202, body: answer, headers: { location: answer.task.status_endpoint } };
  }

  /** A task of a subject that the caller does not speak for does not exist for it. */
  async function look(id: string, caller: Caller): Promise<HttpAnswer> {
    const review = await reviews.get(id);
    if (!caller.subjects.includes(review?.context.actor ?? '')) return problem('unknown_task');
    const answer = await wire.task(id);
    return isTask(answer) ? { status: 200, body: answer } : { status: answer.status, body: answer };
  }

  async function answer(request: IncomingMessage): Promise<HttpAnswer> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const to = `${request.method} ${path}`;
    if (to === 'GET /.well-known/authzen-configuration') return { status: 200, body: metadata };
    if (to === 'GET /access/v1/jwks') return { status: 200, body: jwks };
    const [, token = ''] =
      /^Bearer ([\x21-\x7e]+)$/.exec(request.headers.authorization ?? '') ?? [];
    const caller = callers.get(digestOf(token));
    if (caller === undefined) {
      const body = { title: 'Say who you are.' };
      return { status: 401, body, headers: { 'www-authenticate': 'Bearer' } };
    }
    const [, task] = /^GET \/access\/v1\/requests\/([0-9A-Za-z_-]{1,64})$/.exec(to) ?? [];
    if (task !== undefined) return look(task, caller);
    const isQuestion = to === 'POST /access/v1/evaluation';
    if (!isQuestion && to !== `POST ${REQUESTS}`) return NOT_FOUND;
    const read = await readJson(request);
    if (!('value' in read)) return read;
    const question = questionIn(read.value);
    if (question === undefined) {
      return isQuestion ? { status: 400, body: { title: 'Not a question.' } } : submit(read.value);
    }
    if (!caller.subjects.includes(question.subject.id)) return FOREIGN;
    if (!isQuestion) return submit(read.value);
    const agent = agentOf(question, caller);
    if (agent === undefined) return FOREIGN_AGENT;
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && given !== '' ? given : randomUUID();
    const body = await evaluate(question, { ...caller, agent }, requestId);
    return { status: 200, body, headers: { 'x-request-id': requestId } };
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (made) => write(response, made),
      () => write(response, { status: 503, body: { title: 'Nothing can be decided now.' } }),
    );
  });
  server.requestTimeout = 10_000;
  return server;
}

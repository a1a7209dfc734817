export {
  type AccessRequestOptions,
  type AccessRequests,
  createAccessRequests,
  deniedReevaluation,
  type PresentedApproval,
} from './authzen/access-requests.js';
export { type AuthzenCall, evaluationRequestOf } from './authzen/question.js';
export {
  ACCESS_REQUEST_CAPABILITY,
  ACCESS_REQUEST_PROFILE,
  type AuthzenApproval,
  type AuthzenEntity,
  type AuthzenEvaluationRequest,
  type AuthzenEvaluationResponse,
  type AuthzenProblem,
  type AuthzenProblemName,
  type AuthzenTaskResponse,
  type AuthzenTaskStatus,
  authzenProblem,
} from './authzen/wire.js';

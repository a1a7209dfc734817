export {
  type AccessRequestOptions,
  type AccessRequests,
  type AuthzenCall,
  createAccessRequests,
  deniedReevaluation,
  evaluationRequestOf,
  type PresentedApproval,
} from './authzen/access-requests.js';
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

export type { PolicyAnswer as RbacPolicyAnswer } from '@spanforge/core-events';
export { type ActorRoles, type ActorRolesInput, parseActor, parseActorWire } from './actor.js';
export {
  conclude,
  decide,
  effectiveRoles,
  type RbacDecision,
  type RbacFinding,
  type RbacReasonCode,
  type RbacRequest,
  type RbacRules,
} from './decide.js';
export { RbacError, type RbacErrorCode, type RbacErrorDetails } from './error.js';
export { type Permissions, parsePermissions } from './permissions.js';
export type { Grant } from './queries.js';
export { createRbac } from './rbac.js';
export { createRoleMatrix, type RoleMatrix, STANDARD_ROLE_MATRIX } from './role-matrix.js';
export {
  checkSeparationOfDuty,
  type DutyFinding,
  type DutyRequest,
} from './separation-of-duty.js';
export type {
  Rbac,
  RbacCall,
  RbacControlOptions,
  RbacOptions,
  RbacResult,
  RbacStatus,
  RecordedRbacDecision,
  RegisterCall,
} from './types.js';

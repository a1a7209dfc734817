export {
  type JwsAlgorithm,
  type SignJwsOptions,
  signJws,
  type VerifiedJws,
  type VerifyJwsOptions,
  verifyJws,
} from './jws/jws.js';

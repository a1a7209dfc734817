export { type Difference, differenceOn, type Question } from './reference/difference.js';
export { createRandom, type Random } from './reference/random.js';
export { randomBundle } from './reference/random-bundle.js';
export { randomCounted, randomRequest } from './reference/random-request.js';
export { type ReferenceVerdict, referenceDecide } from './reference/reference.js';

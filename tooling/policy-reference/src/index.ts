export { type Difference, differenceOn, type Question } from './difference.js';
export { createRandom, type Random } from './random.js';
export { randomBundle } from './random-bundle.js';
export { randomCounted, randomRequest } from './random-request.js';
export { type ReferenceVerdict, referenceDecide } from './reference.js';

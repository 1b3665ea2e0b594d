export { type CompareOptions, compareEvidence } from './compare-evidence.js';
export { digestOf, type Evidence, parseEvidence } from './parse-evidence.js';

export {
  type CompareOptions,
  compareEvidence,
  type Differences,
  describeDifferences,
  differencesBetween,
  missingRows,
} from './compare-evidence.js';
export { type Difference, describeDifference } from './describe-difference.js';
export { digestOf, type Evidence, evidenceOfRows, parseEvidence } from './parse-evidence.js';

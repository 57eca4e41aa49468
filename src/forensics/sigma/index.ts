export { type CorrelationFinding, Correlator, type GatheredHits } from './correlation.ts';
export { type MatchSink, SigmaEngine } from './engine.ts';
export type { CorrelationRule, LogSource, RejectedRule, SigmaRule } from './rule.ts';
export { parseRuleFiles, RULE_FILE_CHARS_MAX, type RuleFile, type RuleSet } from './rule-file.ts';
export type { HitPlace } from './window.ts';

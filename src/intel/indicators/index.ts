export { type CataloguedIndicator, IndicatorCatalogue, type Origin } from './catalogue.ts';
export {
  type IndicatorIssue,
  type LoadedIndicators,
  type LoadOptions,
  loadIndicators,
} from './load-indicators.ts';
export { type StixIndicator, type StixValue, stixIndicator } from './stix.ts';
export {
  buildWarninglists,
  openWarninglists,
  parseWarninglist,
  readWarninglist,
  type Warninglist,
  type Warninglists,
} from './warninglists.ts';

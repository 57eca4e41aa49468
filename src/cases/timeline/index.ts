export {
  type CaseTimeline,
  openCaseTimeline,
  recordQuestion,
  type TimelineSource,
  timelineSources,
} from './case-timeline.ts';
export { EXPORT_FORMATS, type ExportCount, type ExportFormat, exportText } from './export.ts';
export { isColumn, parseFilter } from './filter.ts';
export { TimelineShelf } from './shelf.ts';
export { addTags, listTags, removeTag, type Tag, type TagOnEvent, taggedEvents, tagsOn } from './tags.ts';
export { parseTime } from './time-range.ts';
export { BINS, type Bin, PAGE_MAX, type Selection, Timeline, type TimelineEvent } from './timeline.ts';
export { PARSE, TIMELINE, TIMELINE_FILE, type TimelineParameters } from './timeline-run.ts';
